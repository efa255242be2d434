"""Names that are facets of a fault, and the ways in which people write them.

Ways are folded (see `classifiers.lexicon.fold`) and may have several words. Of names that overlap
the longest counts, so a row that gives nothing takes words back: "phone number" is no phone. Rows
may give several facets: an iPhone is a phone with iOS.
"""

from __future__ import annotations

from classifiers.facet_phrases import IMPACTS, PAGES
from classifiers.facet_rows import Name, name, never

__all__ = ["NAMES"]

# "phone" is a device in "on my phone", not in "nobody answers the phone".
_HELD = """my his her our their own a an wifes husbands wife's husband's 's mums dads sons daughters
    work old new cracked samsung android fy ei eich hen in with"""

_ACTIONS = (
    name("upload|uploading|uploaded|uploads|uploding|attach|attaching|attached", action="upload"),
    name("uwchlwytho|lanlwytho|llwytho 'r ffeil|lwytho 'r ffeil", action="upload"),
    name("download|downloading|downloaded|downloads|lawrlwytho|lwytho i lawr", action="download"),
    name("pay|paying|paid|payment|payments|card declined|talu|taliad|dalu", action="pay"),
    name("take my card|accept my card|took my card|process my card", action="pay"),
    name(
        "sign in|signing in|signed in|log in|logging in|logged in|login|log on|logon|log me in"
        "|logging on|logged on|password|security code|sign me in|logs me out|logged me out"
        "|getting logged out|signed me out|signs me out|mewngofnodi|fewngofnodi",
        action="sign in",
    ),
    name("submit|submitting|submitted|press send|pressed send|cyflwyno|gyflwyno", action="submit"),
    name(
        "save|saving|saved|saves|save and continue|cadw|gadw|arbed",
        action="save",
    ),
    name(
        "print|printing|printed|printer|print out|print it|argraffu|hargraffu|printio",
        action="print",
    ),
    name("scan|scans|scanning|scanned|scanner|sganio", action="scan"),
    never("qr code|scan a qr code|scan the qr code|small print|large print|in print|fine print"),
    name(
        "join the hearing|joining the hearing|join my hearing|joined the hearing|join a hearing"
        "|video hearing|hearing link|cvp room|cvp|cloud video platform|remote hearing"
        "|online hearing|join the video|join the call|joining the call|video call"
        "|ymuno a 'r gwrandawiad|gwrandawiad fideo",
        action="join a hearing",
    ),
    never("pay attention|paid attention|low paid|unpaid|save time|saved time|saved me time"),
    never("save the children|council tax payment|benefit payment|benefit payments"),
)

_BROWSERS = (
    name("chrome|google chrome", browser="Chrome", suffix="version"),
    name("edge|microsoft edge|ms edge", browser="Edge", suffix="version"),
    never(
        "the edge|the edge of|right edge|left edge|edge of|an edge|hand edge|page edge"
        "|bottom edge|top edge|very edge|over the edge|was on edge|am on edge"
    ),
    never("on edge waiting|on edge all|on edge about|on edge the whole|been on edge|me on edge"),
    name("firefox|fire fox|mozilla", browser="Firefox", suffix="version"),
    name("internet explorer|ie", browser="Internet Explorer", suffix="version"),
    name("ie11|ie 11", browser="Internet Explorer", version="Internet Explorer 11"),
    name("safari", browser="Safari", suffix="version"),
    never("on safari in|a safari"),
    name("samsung internet", browser="Samsung Internet", suffix="version"),
    name("opera|opera gx", browser="Opera", suffix="version"),
    never("soap opera|the opera|an opera"),
    name("brave browser|using brave|in brave|on brave|brave )", browser="Brave"),
    name("duckduckgo|duck duck go", browser="DuckDuckGo"),
    name("vivaldi", browser="Vivaldi"),
)

_SYSTEMS = (
    name("android", operating_system="Android", suffix="version"),
    name("android phone|android mobile", operating_system="Android", device="phone"),
    name("android tablet", operating_system="Android", device="tablet"),
    name("chromeos|chrome os", operating_system="ChromeOS"),
    name("ios|ipados", operating_system="iOS", suffix="version"),
    name("linux|ubuntu|linux mint|fedora", operating_system="Linux"),
    name("macos|mac os|osx|os x|catalina|big sur|monterey|ventura|sonoma|sequoia",
          operating_system="macOS", suffix="version"),
    name("windows pc|windows computer|windows laptop", operating_system="Windows",
          device="computer"),
    name("windows tablet", operating_system="Windows", device="tablet"),
    name("windows xp", operating_system="Windows", version="Windows XP"),
    name("windows vista", operating_system="Windows", version="Windows Vista"),
    *(
        name(f"windows {n}|win {n}|win{n}|windows{n}", operating_system="Windows",
              version=f"Windows {n}")
        for n in (7, 8, 10, 11)
    ),
)  # fmt: skip

_DEVICES = (
    name("laptop|laptops|desktop|pc|computer|computers|gliniadur|cyfrifiadur|gyfrifiadur"
          "|nghyfrifiadur|chyfrifiadur", device="computer"),
    never("lost my laptop|stole my laptop|computer says no|computer skills|computer literate"),
    never("good with computers|computer illiterate|not good on computers|no computer"),
    name("macbook", device="computer", operating_system="macOS", suffix="device_model"),
    name("macbook pro|macbook air", device="computer", device_model="MacBook",
          operating_system="macOS"),
    name("imac", device="computer", device_model="iMac", operating_system="macOS"),
    name("mac|mac mini", device="computer", operating_system="macOS",
          after="my a the on old our new his her"),
    name("chromebook", device="computer", device_model="Chromebook",
          operating_system="ChromeOS"),
    name("iphone|i phone", device="phone", operating_system="iOS", suffix="device_model"),
    name("ipad|i pad|ipads", device="tablet", operating_system="iOS", suffix="device_model"),
    name("galaxy|samsung galaxy|samsung", device="phone", operating_system="Android",
          suffix="device_model"),
    name("galaxy tab|samsung galaxy tab|samsung tablet", device="tablet",
          operating_system="Android", suffix="device_model"),
    never("samsung tv"),
    name("pixel|google pixel", device="phone", operating_system="Android",
          suffix="device_model"),
    name("moto|motorola", device="phone", operating_system="Android", suffix="device_model"),
    name("huawei", device="phone", operating_system="Android", suffix="device_model"),
    name("oppo|xiaomi|redmi|oneplus|nokia|honor", device="phone", operating_system="Android",
          suffix="device_model"),
    name("blackberry", device="phone"),
    name("smartphone|smart phone", device="phone"),
    name("phone|mobile|mobile phone|ffon|ffon symudol", device="phone", after=_HELD),
    name("on mobile|on the mobile|on the phone the|on the phone it|on phone|from phone"
          "|with the phone i|ar y ffon", device="phone"),
    never("phone number|mobile number|phone numbers|phone line|phone lines|phone call"
           "|phone calls|phone bill|lost my phone|bought a new phone|a phone is"
           "|me on my mobile|me on my phone|my mobile is|my phone is [|my phone rang|rhif ffon"
           "|rhif fy ffon|a phone number|galwad ffon"),
    name("tablet|tabled|fire tablet", device="tablet"),
    never("tablets|my tablets|blood pressure tablet"),
    name("kindle|kindle fire|amazon fire", device="tablet", device_model="Kindle"),
    name("playstation|xbox|games console", device="games console"),
    name("smart tv", device="television"),
)  # fmt: skip

_ASSISTIVE = (
    name("screen reader|screenreader|screen readers|darllenydd sgrin",
          assistive_technology="screen reader"),
    name("jaws", assistive_technology="JAWS"),
    never("jaws dropped|my jaws|their jaws|our jaws"),
    name("nvda", assistive_technology="NVDA"),
    name("voiceover|voice over", assistive_technology="VoiceOver"),
    name("talkback", assistive_technology="TalkBack"),
    name("narrator", assistive_technology="Narrator"),
    name("windows narrator", assistive_technology="Narrator", operating_system="Windows"),
    name("zoomtext|zoom text", assistive_technology="ZoomText"),
    name("magnifier|screen magnifier|magnification|supernova", assistive_technology="magnifier"),
    name("dragon|dragon naturallyspeaking|dragon naturally speaking",
          assistive_technology="Dragon"),
    name("voice control|speech recognition|voice recognition",
          assistive_technology="voice control"),
    name("text to speech|speech to text|dictation", assistive_technology="text to speech"),
    name("read&write|read & write|read and write gold|texthelp",
          assistive_technology="Read&Write"),
    never("read and write"),
    name("keyboard only|keyboard alone|only the keyboard|just the keyboard|only a keyboard"
          "|tab key|tabbing", assistive_technology="keyboard only"),
    name("captions|subtitles|closed captions", assistive_technology="captions"),
    name("braille|braille display", assistive_technology="braille display"),
    name("high contrast|dark mode", assistive_technology="high contrast"),
    name("switch access|eye tracker|eye gaze", assistive_technology="switch or eye control"),
)  # fmt: skip

_FILES = (
    name("doc|docx|docs|word document|word documents|word file|word doc|word docs",
          file_type="DOC"),
    name("google docs|google doc"),
    name("heic|heif", file_type="HEIC"),
    name("jpg|jpeg|jpgs|jpegs", file_type="JPEG"),
    name("pdf|pdfs", file_type="PDF"),
    name("png|pngs", file_type="PNG"),
    name("tif|tiff", file_type="TIFF"),
    name("mp4|mov file|mp4s", file_type="video"),
    name("mp3|m4a", file_type="audio"),
    name("zip file|zip|zip files|zipped", file_type="ZIP"),
    never("zip code"),
    name("xls|xlsx|spreadsheet|spreadsheets|excel|excel file|csv", file_type="spreadsheet"),
)  # fmt: skip

_CONNECTIONS = (
    name("wifi|wi fi|wi-fi|hotel wifi", connection="wifi"),
    name("mobile data|mobile signal|phone signal|3g|4g|5g|hotspot|phone hotspot|data sim|tethered"
          "|tethering", connection="mobile data"),
    name("vpn", connection="VPN"),
    name("broadband|fibre|home internet", connection="broadband"),
    name("ethernet|network cable|and cable|lan cable|on cable", connection="wired"),
    name("satellite internet|starlink", connection="satellite"),
)  # fmt: skip

NAMES: tuple[Name, ...] = (
    *_ACTIONS, *_BROWSERS, *_SYSTEMS, *_DEVICES, *_ASSISTIVE, *_FILES, *_CONNECTIONS, *PAGES,
    *IMPACTS,
)  # fmt: skip
