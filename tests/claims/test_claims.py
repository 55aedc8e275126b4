"""Every claim is told of reduced files, and agrees where the page says that it does."""
import pytest
from claimed import KNOWN, verdicts
from harness import ROOT

PAGES = {**verdicts(ROOT / "docs" / "reproduction.md"), **verdicts(ROOT / "docs" / "beyond.md")}


@pytest.mark.parametrize("key", KNOWN)
def test_told(key, findings):
    found = findings(key)
    untold = [finding.ours for finding in found if finding.agrees is None]
    assert found and not untold
    for finding, verdict in zip(found, PAGES.get(key, ())):
        assert finding.agrees or verdict != "yes", finding.ours
