"""Overview: what the build noticed."""

from clientops.metrics import overview


def test_data_quality_shows_what_the_sample_lacks(sample):
    table = sample.compute(overview.data_quality)
    found = set(zip(table["table"], table["check"], strict=True))
    assert ("products", "no unit cost") in found
    assert ("shipments", "no manager: credit falls to the client's owner") in found
    assert table["rows"].gt(0).all()
    assert table["share"].between(0, 1).all()
    assert list(table.sort_values(["table", "check"]).index) == list(table.index)


def test_a_manager_sees_nothing_of_it(manager_book):
    assert manager_book("1").compute(overview.data_quality).empty
