"""What a table says, in one to three sentences that can be repeated in a meeting.

Every number is in the frame (clients of cells that make up a class are added up). Where there is
too little data, the sentence says what is missing and from when on there will be an answer. A frame
is a table of `metrics/`, of everybody or of one manager; rows with the manager_id `*` are the
company.
"""

from clientops.findings.portfolio import classes, comparison, load, quality, trend

__all__ = ["classes", "comparison", "load", "quality", "trend"]
