"""The official Eurostat files, in every format and from the package: our own series, or one clear error."""

import gzip
import http.server
import re
import threading

import pytest
from example_eurostat import FIRST, as_sdmx, as_sdmx_2, as_tsv, shipped, write

from abm.errors import ConfigError, EweaError
from abm.months import month_index
from experiments.data.eurostat import DECISIONS, STOCK, fetch_eurostat, read_eurostat

LAST = month_index("2025-12")


@pytest.mark.parametrize("dataset", [STOCK, DECISIONS])
@pytest.mark.parametrize(
    ("form", "written", "vintage"),
    [
        ("csv", as_sdmx, "2026-10"),
        ("csv.gz", as_sdmx, "2026-10"),
        ("csv", as_sdmx_2, ""),
        ("tsv", lambda cells, _: as_tsv(cells), ""),
        ("tsv.gz", lambda cells, _: as_tsv(cells), ""),
        ("tsv", lambda cells, _: as_tsv(cells, new_style=True), ""),
    ],
    ids=["csv", "csv packed", "csv 2.0", "tsv", "tsv packed", "tsv with 2022M03"],
)
def test_our_own_series_come_back_unchanged(tmp_path, dataset, form, written, vintage):
    path = write(tmp_path / f"estat_{dataset}.{form}", written(shipped(dataset), dataset))
    table = read_eurostat(path)
    assert table.values == shipped(dataset)
    assert (table.dataset, table.citizen, table.vintage) == (dataset, "TOTAL", vintage)


def test_total_wins_over_other_citizenships(tmp_path):
    total, other = (
        as_tsv(shipped(STOCK)),
        as_tsv({("NL", FIRST): 1, ("NL", LAST): 2}, citizen="UA"),
    )
    rows = [line for line in other.splitlines()[1:] if ",UA," in line]
    path = write(tmp_path / "estat_migr_asytpsm.tsv", total + "\r\n".join(rows) + "\r\n")
    table = read_eurostat(path)
    assert (table.citizen, table.values) == ("TOTAL", shipped(STOCK))


GOOD = as_sdmx({("NL", FIRST): 10, ("NL", FIRST + 1): 20}, STOCK)
TWICE = next(line for line in GOOD.splitlines() if ",TOTAL,T,TOTAL,NL,2022-04," in line) + "\r\n"
GOOD_TSV = as_tsv({("NL", FIRST): 10, ("NL", FIRST + 1): 20})
BAD = {
    "empty": (b"", "the file is empty"),
    "cut_gzip": (gzip.compress(as_sdmx(shipped(STOCK), STOCK).encode())[:-40], "damaged or cut short"),
    "latin_1": (GOOD.replace("NL", "N\u00e4").encode("latin-1"), "not UTF-8"),
    "zip": (b"PK\x03\x04rest of an archive", "ZIP archive"),
    "answer_in_xml": (b"<?xml version='1.0'?><env:Envelope/>", "XML or JSON"),
    "another_csv": (b"date;value\n1;2\n", "not a Eurostat file"),
    "labels": (GOOD.replace(",geo,", ",Geopolitical entity,").encode(), "missing column geo"),
    "codes_with_labels": (GOOD.replace(",M,PER", ",M: Monthly,PER").encode(), "is a label; codes are needed"),
    "only_women": (GOOD.replace(",T,TOTAL", ",F,TOTAL").encode(), "no monthly totals.*sex F"),
    "twice": (
        (GOOD + TWICE.replace(",20,", ",21,")).encode(),
        "stands already in line 7 with '20'; here",
    ),
    "endless": (GOOD.replace(",10,", ",inf,").encode(), "'inf' is not a number|found inf"),
    "decimals": (GOOD.replace(",10,", ",10.5,").encode(), "found 10.5; a number of persons is whole"),
    "decimal_comma": (GOOD_TSV.replace("10 ", "10,5 ").encode(), "'10,5' is not a number"),
    "negative": (GOOD.replace(",10,", ",-10,").encode(), "found -10; a number of persons"),
    "word": (GOOD.replace(",10,", ",ten,").encode(), "'ten' is not a number"),
    "year": (GOOD.replace("2022-03", "2022").encode(), "'2022' is not a month"),
    "cut_line": (GOOD.rstrip()[:-30].encode(), "cut short or damaged"),
    "tsv_cut_line": (GOOD_TSV.rstrip()[:-10].encode(), "cut short or damaged"),
    "tsv_dimension": (GOOD_TSV.replace("citizen,", "nation,").encode(), "missing dimension citizen"),
    "tsv_month": (GOOD_TSV.replace("2022-04 ", "2022-Q2 ").encode(), "'2022-Q2' is not a month"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_clear_error(tmp_path, name):
    raw, says = BAD[name]
    path = tmp_path / "given"
    path.write_bytes(raw)
    with pytest.raises(ConfigError) as caught:
        read_eurostat(path)
    assert re.search(says, str(caught.value), re.DOTALL)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_absent_file_and_folder_in_place_of_a_file(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        read_eurostat(tmp_path / "gone.tsv")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_eurostat(tmp_path)


SCHEMA = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1"


def element(tag: str, inner: str) -> str:
    return f"<s:{tag}>{inner}</s:{tag}>"


def message(inner: str) -> bytes:
    spaces = f"xmlns:m='{SCHEMA}/message' xmlns:s='{SCHEMA}/structure'"
    return f"<m:Structure {spaces}><m:Structures>{inner}</m:Structures></m:Structure>".encode()


FLAGS = {("NL", month_index("2024-06")): "p", ("FR", month_index("2024-06")): "b", ("XK", FIRST): "c"}
"""A figure that is provisional, one after a break, and one that is secret."""


class EurostatHere(http.server.BaseHTTPRequestHandler):
    """Answers the three questions the ``eurostat`` package asks, as the public API does."""

    citizens = ("TOTAL",)

    def do_GET(self):
        if "/data/" in self.path:
            citizen = self.path.split("M.PER.")[1].split(".")[0]
            assert f"/migr_asytpsm/M.PER.{citizen}.T.TOTAL." in self.path
            cells = {
                **(shipped(STOCK) if citizen in self.citizens else {("NL", FIRST): None}),
                ("XK", FIRST): None,
            }
            head, *lines = as_tsv(cells, citizen, FLAGS).split("\r\n")
            kept = [head, *(line for line in lines if ",T,TOTAL" in line and ",SY," not in line)]
            body = gzip.compress("\r\n".join([*kept, ""]).encode())
        elif "/dataflow/" in self.path:
            ref = element("Dataflow", element("Structure", "<Ref id='MIGR'/>"))
            body = message(element("Dataflows", ref))
        else:
            names = enumerate(("freq", "unit", "citizen", "sex", "age", "geo"), start=1)
            inner = "".join(f"<s:Dimension id='{name}' position='{place}'/>" for place, name in names)
            for tag in ("DimensionList", "DataStructureComponents", "DataStructure", "DataStructures"):
                inner = element(tag, inner)
            body = message(inner)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Stay silent."""


@pytest.mark.parametrize("citizen", ["TOTAL", "UA"])
def test_the_eurostat_package_brings_the_same_table(monkeypatch, capsys, citizen):
    import eurostat.eurostat

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), EurostatHere)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(EurostatHere, "citizens", (citizen,))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    base = eurostat.eurostat.__Uri__.BASE_URL
    monkeypatch.setitem(base, "EUROSTAT", f"http://127.0.0.1:{server.server_port}/")
    try:
        table = fetch_eurostat(STOCK)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert table.values == shipped(STOCK)
    assert (table.citizen, table.flags) == (citizen, FLAGS)
    assert re.fullmatch(r"\d{4}-\d{2}", table.vintage)
    assert capsys.readouterr().out == ""


def test_offline_says_what_to_download(monkeypatch, capsys):
    # Every request goes to a closed port of this machine: the package fails as it does offline.
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(EweaError, match=r"Eurostat migr_asytpsm: .*Download the file in a browser"):
        fetch_eurostat(STOCK)
    assert capsys.readouterr().out == ""
