"""ComfyUI's own checkers report no problem; `make comfy-checks` installs them first."""

from __future__ import annotations

from pathlib import Path

import pytest
from comfy_checks import check, pack_for_validation, program
from comfy_server import ComfyServer
from installations import PACK
from node_facts import WORKFLOWS
from server_folders import PACK_NAME

REMEDY = "was not found: `make comfy-checks` installs it and runs these tests"

needs_comfy_test = pytest.mark.skipif(not program("comfy-test"), reason=f"comfy-test {REMEDY}")
needs_comfy = pytest.mark.skipif(not program("comfy"), reason=f"comfy-cli {REMEDY}")


@needs_comfy_test
def test_lint_reports_nothing():
    output = check([str(program("comfy-test")), "lint", "."], PACK)
    assert "[SYNTAX] PASSED" in output
    assert "[JAVASCRIPT] PASSED" in output


@needs_comfy
def test_node_validate_is_clean():
    output = check([str(program("comfy")), "--skip-prompt", "--no-json", "node", "validate"], PACK)
    assert "All validation checks passed" in output


@needs_comfy_test
def test_all_levels_up_to_validation_pass(server: ComfyServer, tmp_path: Path):
    place = tmp_path / "custom_nodes" / PACK_NAME
    pack_for_validation(place)
    command = [str(program("comfy-test")), "run", "--server-url", server.url]
    folders = {"COMFY_TEST_LOGS_DIR": str(tmp_path), "COMFY_TEST_WORKSPACE_DIR": str(tmp_path)}
    output = check([*command, "--level", "validation"], place, **folders)
    assert f"Validating {len(WORKFLOWS)} workflow(s)" in output
    assert output.count("    OK") == len(WORKFLOWS)
