"""The program in the README does what it says, as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.exchange import running_exchange

README = Path(__file__).parent.parent.parent / "README.md"
LONGEST_LINES = 30


@pytest.fixture(scope="module")
def exchange(tmp_path_factory):
    with running_exchange(tmp_path_factory.mktemp("county")) as running:
        yield running


def script() -> str:
    (found,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    return found


def test_it_is_short():
    assert len([line for line in script().splitlines() if line.strip()]) <= LONGEST_LINES


def test_it_registers_sends_and_hears_back(exchange, tmp_path):
    (clinic,) = [line for line in exchange.cie("organization", "list").splitlines() if "Blue Kite Clinic" in line]
    code = script().replace("http://127.0.0.1:8000", exchange.url)
    code = code.replace("the id that `cie organization list` prints", clinic.split()[0])
    code = code.replace('["cie",', f'["{sys.executable}", "-m", "cie",')

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=exchange.env, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stderr
    sent, told = done.stdout.splitlines()
    assert "'side': 'requester'" in sent
    assert '"type":"referral.changed"' in told and '"change":"referral.send"' in told
