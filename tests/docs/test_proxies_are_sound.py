"""The examples of proxies fit the server, and nginx and Caddy take them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.api import MAX_BODY_BYTES
from app.api_connections import MAX_HEAD_BYTES
from tests.app.servers import make_certificate

FOLDER = Path(__file__).parents[2] / "docs" / "proxies"
NGINX, CADDY = FOLDER / "nginx.conf", FOLDER / "Caddyfile"
BOTH = pytest.mark.parametrize("path", [NGINX, CADDY], ids=["nginx", "caddy"])


@BOTH
def test_a_browser_is_told_to_stay_with_tls_at_both_names(path: Path) -> None:
    told = re.findall(r'Strict-Transport-Security "max-age=(\d+)', path.read_text())
    assert len(told) == 2
    assert all(int(seconds) >= 31_536_000 for seconds in told)


@BOTH
def test_bodies_and_heads_are_bounded_as_in_the_server(path: Path) -> None:
    text = path.read_text().lower()
    (kilobytes,) = re.findall(r"(?:client_max_body_size|max_size) (\d+)k", text)
    assert int(kilobytes) * 1_024 == MAX_BODY_BYTES
    heads = re.findall(r"header_buffers (\d) (\d)k|max_header_size (\d+)kb", text)
    ((count, each, whole),) = heads
    assert (int(whole) if whole else int(count) * int(each)) * 1_024 == MAX_HEAD_BYTES


@BOTH
def test_only_what_the_public_needs_is_let_through(path: Path) -> None:
    text = path.read_text()
    public = set(re.findall(r"(/(?:v1|widget|healthz|metrics|readyz|openapi)\S*)", text)) - {"/v1"}
    assert {one.rstrip("*") for one in public} == {
        "/v1/feedback", "/v1/report", "/widget/", "/healthz",
    }  # fmt: skip
    assert "404" in text


@BOTH
def test_nobodys_address_is_handed_on_to_the_server(path: Path) -> None:
    server = path.read_text().split("What people look at")[0]
    for name in ("X-Forwarded-For", "Forwarded"):
        assert re.search(rf'(proxy_set_header {name} "";|header_up -{name}\n)', server), name


def test_the_log_of_nginx_has_no_query_no_referer_and_no_key() -> None:
    (told,) = re.findall(r"log_format feedback '([^']*)'", NGINX.read_text())
    for forbidden in ("request_uri", "args", "$request ", "referer", "http_", "query"):
        assert forbidden not in told
    logs = re.findall(r"access_log (\S+)( \w+)?;", NGINX.read_text())
    assert all(place == "off" or kind == " feedback" for place, kind in logs)


def test_nginx_takes_its_example(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed: as root, apt-get install nginx")
    key = make_certificate(tmp_path)
    text = NGINX.read_text().replace("/var/log/nginx", str(tmp_path))
    text = re.sub(r"/etc/ssl/feedback/\w+\.pem", str(key), text)
    (tmp_path / "feedback.conf").write_text(text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    whole = (
        f"pid {tmp_path}/pid; events {{}} http {{ {temporary} include {tmp_path}/feedback.conf; }}"
    )
    (tmp_path / "nginx.conf").write_text(f"error_log {tmp_path}/error.log; {whole}")
    command = [nginx, "-t", "-c", str(tmp_path / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "syntax is ok" in done.stderr, done.stderr


def test_caddy_takes_its_example(tmp_path: Path) -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("caddy is not installed: as root, apt-get install caddy")
    command = [caddy, "validate", "--adapter", "caddyfile", "--config", str(CADDY)]
    home = {"HOME": str(tmp_path), "PATH": "/usr/bin"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=home)
    assert done.returncode == 0, done.stderr
