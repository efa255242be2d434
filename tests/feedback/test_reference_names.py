"""Services and pages under their many names, and paths without anything that names a person."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedback.errors import SettingsError
from feedback.reference import ID_SEGMENT, MAX_PATH_CHARACTERS, canonical_path, load_reference

REFERENCE = load_reference()


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("divorce", "divorce"),
        ("  APPLY FOR A DIVORCE ", "divorce"),
        ("nfdiv", "divorce"),
        ("Gwneud cais am ysgariad", "divorce"),
        ("https://www.apply-divorce.example/start", "divorce"),
        ("Online civil money-claims", "money-claims"),
        ("OCMC", "money-claims"),
        ("Probate", "probate"),
        ("probate registry", None),
        ("Divorce court", None),
        ("", None),
        ("!", None),
    ],
)
def test_a_service_is_known_by_its_names(name, service):
    assert REFERENCE.service_id(name) == service


@pytest.mark.parametrize(
    ("page", "service"),
    [
        ("/divorce/payment", "divorce"),
        ("/Divorce/Payment/?x=1", "divorce"),
        ("https://apply-divorce.example/anything", "divorce"),
        ("/divorce/a-page-nobody-listed", "divorce"),
        ("/divorces/payment", None),
        ("/somewhere/payment", None),
        ("/", None),
        ("", None),
        ("Pay the fee", None),
    ],
)
def test_a_page_belongs_to_its_service(page, service):
    assert REFERENCE.service_of(page) == service


def test_a_page_is_found_by_its_name_within_its_service():
    assert REFERENCE.page("Pay the fee", "probate") == "/probate/payment"
    assert REFERENCE.page("pay the application FEE", "divorce") == "/divorce/payment"
    assert REFERENCE.page("Pay the fee", "divorce") == "Pay the fee"
    assert REFERENCE.page("Pay the fee") == "Pay the fee"
    assert REFERENCE.page_name("/probate/payment") == "Pay the fee"
    assert REFERENCE.page_name("/elsewhere") == "/elsewhere"
    assert REFERENCE.service_name("probate") == "Apply for probate"
    assert REFERENCE.service_name("elsewhere") == "elsewhere"


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/divorce/payment", "/divorce/payment"),
        ("divorce/payment/", "/divorce/payment"),
        ("https://www.court.example:8080/Divorce//payment/?sid=1&n=Ann#top", "/divorce/payment"),
        ("www.gov.uk/apply", "/apply"),
        ("gov.uk/apply", "/apply"),
        ("https://user:pass@court.example/apply", "/apply"),
        ("//court.example/apply", "/apply"),
        ("https://court.example", "/"),
        ("index.html", "/index.html"),
        ("/apply/index.php;jsessionid=ABC123?x=1", "/apply/index.php"),
        ("/pay%20now/caf%C3%A9", "/pay now/café"),
        ("/a/./b/../c", "/a/b/c"),
        ("\\apply\\now", "/apply/now"),
        # references
        ("/claim/1234567890123456/pay", "/claim/{id}/pay"),
        ("/claim/7/pay", "/claim/{id}/pay"),
        ("/case/1601-5000-1234-5678", "/case/{id}"),
        ("/case/9f1c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b/view", "/case/{id}/view"),
        ("/reset/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpX", "/reset/{id}"),
        ("/t/abcdefghijklmnopqrstuvwxyzabcdefghijklmnop", "/t/{id}"),
        ("/hwf/HWF-A1B-23C", "/hwf/{id}"),
        ("/user/ann%40mail.example/edit", "/user/{id}/edit"),
        ("/user/ann@mail.example", "/user/{id}"),
        ("/ni/QQ123456C", "/ni/{id}"),
        ("/dob/1982-01-31", "/dob/{id}"),
        ("/a%2Fb/c", "/{id}/c"),
        ("/a%252Fb/c", "/{id}/c"),
        ("/a%00b", "/{id}"),
        ("mailto:ann@mail.example", "/{id}"),
        # not references
        ("/forms/c100", "/forms/c100"),
        ("/forms/form-n244", "/forms/form-n244"),
        ("/covid-19-guidance", "/covid-19-guidance"),
        ("/step-2/your-details", "/step-2/your-details"),
        ("/check-your-answers-before-you-send-your-application", None),
        ("/apply-for-a-grant-2024", "/apply-for-a-grant-2024"),
        ("/help-with-fees", "/help-with-fees"),
        ("/{id}/view", "/{id}/view"),
    ],
)
def test_a_path_has_one_spelling_and_names_nobody(raw, path):
    assert canonical_path(raw) == (raw if path is None else path)


@pytest.mark.parametrize("empty", ["", "  ", "n/a", "-", "None", "null", "undefined", "\n"])
def test_no_page_is_no_page(empty):
    assert canonical_path(empty) is None


PATHS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(["a", "/", "%", "25", "2F", "?", "#", ";", " ", "..", "www.x.uk", "//",
                              "http:", "1234567", "é", "{id}", "@", "%C3%A9", "%00", "\\", "İ"]),
             max_size=14).map("".join),
)  # fmt: skip


@given(PATHS)
@example("/%25252525252F")
@example("/" + "a" * 400)
@example("/a" * 400)
def test_doing_it_twice_changes_nothing(raw):
    once = canonical_path(raw)
    assert once is None or canonical_path(once) == once
    assert once is None or len(once) <= MAX_PATH_CHARACTERS


@given(PATHS, st.integers(10_000, 10**16))
def test_a_long_number_never_stays_in_a_path(raw, number):
    path = canonical_path(f"/case/{number}/{raw}") or ""
    assert str(number) not in path.replace(raw.casefold(), "")
    assert path.startswith(f"/case/{ID_SEGMENT}")


def test_reference_data_of_ones_own_is_read_and_a_broken_file_is_one_line(tmp_path):
    (tmp_path / "b.toml").write_text(
        '[[service]]\nid = "x"\nname = "Service X"\naliases = ["Divorce"]'
    )
    assert load_reference(tmp_path).service_id("divorce") == "x"
    broken = tmp_path / "a.toml"
    for text, says in (("id =", "not valid TOML"), ('[[service]]\nname = "n"', "cannot be used")):
        broken.write_text(text)
        with pytest.raises(SettingsError, match=says):
            load_reference(broken)
    with pytest.raises(SettingsError, match="cannot be read"):
        load_reference(tmp_path / "absent.toml")
