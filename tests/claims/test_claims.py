"""Every claim is told of reduced files, and agrees where the page says that it does."""
import pytest
from claimed import KNOWN, verdicts
from harness import ROOT

PAGES = {key: found for path in (ROOT / "docs").glob("*.md") if path.name.startswith(("reproduction", "beyond_"))
         for key, found in verdicts(path).items()}


@pytest.mark.parametrize("key", KNOWN)
def test_told(key, findings):
    found = findings(key)
    untold = [finding.ours for finding in found if finding.agrees is None]
    assert found and not untold
    for finding, verdict in zip(found, PAGES.get(key, ())):
        assert finding.agrees or verdict != "yes", finding.ours
