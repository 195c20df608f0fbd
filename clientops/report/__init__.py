"""Monthly packs: for the company, each team and each manager one HTML, one PDF and one workbook.

All come from the same notebooks as the dashboards, each from the book of the one who gets it:
what that reader may not see never enters the process that writes the pack.
"""

from clientops import jupyter as jupyter
