"""What `panther-mcp doctor` looks at on this machine: audit log, secrets, installation."""

from pathlib import Path

from .examining import looked


class TestThisMachine:
    """What needs no Panther."""

    async def test_an_audit_log_that_verifies_and_one_that_does_not(self, home: dict[str, str], tmp_path: Path) -> None:
        from panther_mcp.audit.log import AuditLog

        path = tmp_path / "audit.jsonl"
        for number in range(3):
            AuditLog(path).append({"event": "call", "number": number}, durable=False)
        env = home | {"PANTHER_MCP_AUDIT_LOG": str(path)}
        assert (await looked(env))["audit_log"].found == f"{path} verifies: 3 lines"
        path.write_text(path.read_text().replace('"number":1', '"number":7'))
        finding = (await looked(env))["audit_log"]
        assert finding.status == "failed"
        assert "line 2" in finding.found

    async def test_an_audit_log_that_cannot_be_written(self, home: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        finding = (await looked(home | {"PANTHER_MCP_AUDIT_LOG": str(tmp_path / "file" / "audit.jsonl")}))["audit_log"]
        assert finding.status == "failed"
        assert "is no folder" in finding.found
        assert "every change is refused" in finding.fixes[0]

    async def test_no_audit_log(self, home: dict[str, str]) -> None:
        assert (await looked(home | {"PANTHER_MCP_AUDIT_LOG": "off"}))["audit_log"].status == "warning"

    async def test_a_folder_for_secrets_that_is_open(self, home: dict[str, str], tmp_path: Path) -> None:
        folder = tmp_path / "open"
        folder.mkdir(mode=0o755)
        finding = (await looked(home | {"PANTHER_MCP_SECRETS_DIR": str(folder)}))["secrets"]
        assert (finding.status, finding.fixes) == ("warning", (f"chmod 700 {folder}",))
        folder.chmod(0o700)
        assert (await looked(home | {"PANTHER_MCP_SECRETS_DIR": str(folder)}))["secrets"].status == "ok"
