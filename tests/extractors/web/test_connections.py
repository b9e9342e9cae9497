import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from dramaturg.errors import SourceError
from extractors.web import Limits, fetch_pages
from extractors.web.connections import is_public
from extractors.web.visit import as_address, join
from tests.extractors.web.server import Handler, Site, serving

QUICK = Limits(connect=1, read=1, total=2, tries=1)
PAGE = "<p>Ann: Come in.</p>"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site({"/a": PAGE})) as site:
        yield site


def is_the_site(address: str) -> bool:
    """The site's address stands for one of the open network; no other of this machine does."""
    return address == "127.0.0.1" or is_public(address)


def naming(**hosts: str | Sequence[str]) -> Callable[[str], list[str]]:
    """A resolver that knows some hosts, and of the rest what is written as an address."""

    def resolve(host: str) -> list[str]:
        found = hosts.get(host.partition(".")[0], host)
        return [found] if isinstance(found, str) else list(found)

    return resolve


# --- which addresses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1", "::ffff:1.1.1.1", "2002:101:101::1"])
def test_an_address_of_the_open_network_may_be_connected_to(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    """0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 192.0.2.1 192.168.1.1 198.18.0.1
    224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 fe80::1 fe80::1%1
    fc00::1 fd12::1 fec0::1 ff02::1 2001:db8::1 2002:7f00:1::1 2002:a00:1::1 64:ff9b::7f00:1 64:ff9b::a00:1
    64:ff9b:1::1 2001:0:7f00:1::1""".split(),
)
def test_an_address_of_a_machine_or_its_network_may_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_within_ipv6_is_judged_as_itself(address: ipaddress.IPv4Address) -> None:
    assert is_public(f"::ffff:{address}") == is_public(str(address))


# --- the address that was looked at ------------------------------------------------------------------------


def test_a_host_is_resolved_once_and_connected_to_where_it_was(site: Site, tmp_path: Path) -> None:
    site.routes["/robots.txt"] = ""
    answers = iter([["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]])
    (page,) = fetch_pages(
        f"http://harbour.example:{site.port}/a",
        tmp_path,
        delay=0,
        limits=QUICK,
        resolve=lambda _: next(answers),
        is_open=is_the_site,
    )
    assert page.data == PAGE.encode()
    assert {each.headers["host"] for each in site.asked} == {f"harbour.example:{site.port}"}


def test_a_host_of_which_one_address_is_private_is_refused_whole(site: Site, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"harbour\.example is 10\.0\.0\.1"):
        fetch_pages(
            f"http://harbour.example:{site.port}/a",
            tmp_path,
            resolve=naming(harbour=["127.0.0.1", "10.0.0.1"]),
            is_open=is_the_site,
        )
    assert site.asked == []


@pytest.mark.parametrize(
    "host", "127.0.0.1 localhost 2130706433 0x7f000001 127.1 [::1] [::ffff:127.0.0.1] [::7f00:1] 0.0.0.0".split()
)
def test_this_machine_is_refused_however_it_is_written(site: Site, tmp_path: Path, host: str) -> None:
    address = f"http://{host}:{site.port}/a"
    with pytest.raises(SourceError) as caught:
        fetch_pages(address, tmp_path, limits=QUICK)
    said = str(caught.value)
    assert said.startswith(address)
    assert "an address of this machine or its own network" in said
    assert said.endswith("save the page from a browser, or set FETCH_PRIVATE=true")
    assert len(said.splitlines()) == 1
    assert site.asked == []


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("http://localhost:{port}/b", "127.0.0.3"),
        ("http://inside.example/b", "192.168.1.1"),
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254"),
        ("//10.0.0.1/b", "10.0.0.1"),
        ("http://[::1]:{port}/b", "::1"),
        ("http://[::ffff:10.0.0.1]/b", "::ffff:10.0.0.1"),
    ],
)
def test_a_page_does_not_lead_into_this_machines_network(site: Site, tmp_path: Path, target: str, address: str) -> None:
    site.routes["/a"] = lambda to: to.give("", 302, Location=target.format(port=site.port))
    with pytest.raises(SourceError) as caught:
        fetch_pages(
            f"http://harbour.example:{site.port}/a",
            tmp_path,
            delay=0,
            limits=QUICK,
            resolve=naming(harbour="127.0.0.1", localhost="127.0.0.3", inside="192.168.1.1"),
            is_open=is_the_site,
        )
    said = str(caught.value)
    assert said.startswith(f"http://harbour.example:{site.port}/a: ")
    assert f"is {address}, an address of this machine" in said
    assert len(said.splitlines()) == 1
    assert site.paths == ["/a"]


def test_a_host_that_has_no_address_is_told(tmp_path: Path) -> None:
    def knows_none(_: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(SourceError, match=r"there is no host harbour\.example"):
        fetch_pages("http://harbour.example/a", tmp_path, limits=QUICK, resolve=knows_none)


def test_a_second_address_is_tried_where_the_first_is_not_there(site: Site, tmp_path: Path) -> None:
    pages = fetch_pages(
        f"http://harbour.example:{site.port}/a",
        tmp_path,
        delay=0,
        limits=QUICK,
        resolve=naming(harbour=["::1", "127.0.0.1"]),
        is_open=lambda _: True,
    )
    assert len(pages) == 1


# --- what is an address ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("harbour.example/a", "not the address of a page"),
        ("ftp://harbour.example/a", "not the address of a page"),
        ("file:///etc/passwd", "not the address of a page"),
        ("http://", "not the address of a page"),
        ("", "not the address of a page"),
        ("http://[::1", "not an address"),
        ("http://harbour.example:99999/", "port 99999 is not one that pages come from"),
        ("http://harbour.example:0/", "port 0 is not one that pages come from"),
        ("http://a%5bb/", "not the address of a page"),
        ("http://0177.0.0.1/", "not an address"),
        ("http://harbour\x00.example/", "not an address"),
        ("http://harbour.example:25/", "port 25 is not one that pages come from"),
        ("http://ann:secret@harbour.example/a", "holds a name or password"),
        ("http://ann@harbour.example/a", "holds a name or password"),
    ],
)
def test_what_is_no_pages_address_is_refused(tmp_path: Path, address: str, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        fetch_pages(address, tmp_path)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert "secret" not in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for address in (text, f"http://{text}", f"http://harbour.example/{text}"):
        try:
            url = as_address(address)
        except SourceError as error:
            said = str(error)
        else:
            said = str(url)
            assert url.scheme in ("http", "https")
            assert as_address(said) == url
        assert len(said.splitlines()) == 1


@given(st.one_of(st.text(max_size=20), st.sampled_from(["//[", "http://[::1", "?\x00", "\ud800", "//a@b", ":80"])))
def test_any_link_leads_to_a_page_or_is_refused(link: str) -> None:
    try:
        said = str(join(as_address("http://harbour.example/a"), link))
    except SourceError as error:
        said = str(error)
    assert len(said.splitlines()) == 1


# --- TLS ---------------------------------------------------------------------------------------------------


def test_a_certificate_is_asked_for_by_name_and_not_trusted_blindly(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "harbour.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pem")
    asked_for: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked_for.append(name)

    def serve(listening: socket.socket) -> None:
        connected, _ = listening.accept()
        with connected:
            try:
                context.wrap_socket(connected, server_side=True).close()
            except OSError:  # the certificate was not trusted
                return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        with pytest.raises(SourceError, match=r"certificate verify failed"):
            fetch_pages(
                f"https://harbour.example:{listening.getsockname()[1]}/a",
                tmp_path / "fetched",
                limits=QUICK,
                resolve=naming(harbour="127.0.0.1"),
                is_open=is_the_site,
            )
    assert asked_for == ["harbour.example"]


def test_a_connection_is_used_again(site: Site, tmp_path: Path) -> None:
    """robots.txt and a page come through one, which is not that of another host at the same address."""
    ports: list[int] = []

    def note(to: Handler) -> None:
        ports.append(to.client_address[1])
        to.give('<a class="next" href="/b">', 200)

    site.routes |= {"/robots.txt": note, "/a": note}
    resolved: list[str] = []

    def resolve(host: str) -> list[str]:
        resolved.append(host)
        return ["127.0.0.1"]

    for host in ("harbour", "bell"):
        fetch_pages(
            f"http://{host}.example:{site.port}/a",
            tmp_path,
            delay=0,
            limits=QUICK,
            resolve=resolve,
            is_open=is_the_site,
        )
    assert resolved == ["harbour.example", "bell.example"]
    assert len(set(ports)) == 2
