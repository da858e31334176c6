"""Imports in the Back Office: the upload's form, the list, progress, failed rows."""

import base64
import json
import re
from html import unescape

from registration.adapters import clients
from registration.domain.staff.members import Role
from tests.handlers.staff.test_back_office import actions, staff, text_of
from tests.support.cloud import Answer, Cloud
from tests.support.imports.files import a_file, a_row

LIST = "/back-office/imports"
BAD = a_row(2, email="nobody", gender="Martian")


def upload_page(cloud: Cloud, cookies: dict[str, str], *, dry_run: bool = False) -> Answer:
    """Open the page with the upload form."""
    fields = {"dry_run": "true"} if dry_run else {}
    return cloud.post_form(f"{LIST}/new", fields, cookies=cookies)


def fields_of(page: Answer) -> dict[str, str]:
    """Return the hidden fields of the upload form."""
    form = page.body[page.body.index("multipart/form-data") :]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: unescape(value) for name, value in found}


def uploaded(cloud: Cloud, page: Answer, content: bytes, name: str = "customers.csv") -> str:
    """Upload a file like S3's form; return the URL of the redirection."""
    fields = fields_of(page)
    cloud.drop(fields["key"].replace("${filename}", name), content)
    return fields["success_action_redirect"].removeprefix("https://shop.example")


def test_a_file_is_uploaded_and_its_import_is_shown(cloud: Cloud) -> None:
    cookies = staff(cloud)
    page = upload_page(cloud, cookies)

    waiting = uploaded(cloud, page, a_file(a_row(1), BAD, a_row(3)))
    arrived = cloud.get_page(waiting)
    upload_id = waiting.rpartition("/")[2]
    early = cloud.get_page(f"{LIST}/{upload_id}", cookies=cookies)
    cloud.drain()
    led = cloud.get_page(f"{LIST}/{upload_id}", cookies=cookies)
    shown = cloud.get_page(led.location, cookies=cookies)
    listed = text_of(cloud.get_page(LIST, cookies=cookies))

    assert arrived.status == 200
    assert f'url={LIST}/{upload_id}"' in arrived.body
    assert early.status == 200
    assert led.status == 303
    said = text_of(shown)
    assert "customers.csv Done" in said
    assert "Created 2" in said
    assert "Rejected 1" in said
    assert "gender" in said
    assert "email" in said
    assert "customers.csv Done 3 2 1" in listed
    assert len(cloud.customers()) == 2


def test_the_form_lets_one_file_into_one_folder(cloud: Cloud) -> None:
    cookies = staff(cloud)
    page = upload_page(cloud, cookies)

    fields = fields_of(page)
    policy = json.loads(base64.b64decode(fields["policy"]))

    folder = fields["key"].removesuffix("${filename}")
    assert re.fullmatch(r"back-office/[\w-]{16}/[0-9a-f]{32}/import/", folder)
    assert ["starts-with", "$key", folder] in policy["conditions"]
    assert any("content-length-range" in condition for condition in policy["conditions"])
    target = re.search(r'action="(https://[^"]+)" enctype', page.body)
    assert target
    host = target[1].split("/")[2]
    assert f"form-action 'self' https://{host};" in page.headers["content-security-policy"]
    other = cloud.get_page(LIST, cookies=cookies)
    assert "form-action 'self';" in other.headers["content-security-policy"]


def test_a_dry_run_creates_nobody(cloud: Cloud) -> None:
    cookies = staff(cloud)
    page = upload_page(cloud, cookies, dry_run=True)

    uploaded(cloud, page, a_file(a_row(1), BAD))
    mails = len(cloud.mails)
    cloud.drain()

    assert "/dry-run/" in fields_of(page)["key"]
    assert not cloud.customers()
    assert len(cloud.mails) == mails
    upload_id = fields_of(page)["key"].split("/")[1]
    led = cloud.get_page(f"{LIST}/{upload_id}", cookies=cookies)
    said = text_of(cloud.get_page(led.location, cookies=cookies))
    assert "This was a dry run" in said
    assert "Created 1" in said


def test_failed_rows_are_downloaded_and_that_is_written_down(cloud: Cloud) -> None:
    cookies = staff(cloud)
    uploaded(cloud, upload_page(cloud, cookies), a_file(a_row(1), BAD))
    cloud.drain()
    (job,) = cloud.items(cloud.customers_table, "import_job")
    import_id = job["PK"].removeprefix("IMPORT#")

    answer = cloud.get_page(f"{LIST}/{import_id}/failed.csv", cookies=cookies)

    assert answer.status == 303
    assert "failed.csv" in answer.location
    assert "X-Amz-Signature" in answer.location
    assert "response-content-disposition=attachment" in answer.location
    assert actions(cloud)[-2:] == [("uploaded_import", "done"), ("downloaded_failures", "done")]
    assert cloud.get_page(f"{LIST}/{import_id}/failed.csv").location == "/back-office/login"


def test_a_viewer_sees_an_import_and_downloads_no_row_of_it(cloud: Cloud) -> None:
    uploaded(cloud, upload_page(cloud, staff(cloud)), a_file(a_row(1), BAD))
    cloud.drain()
    (job,) = cloud.items(cloud.customers_table, "import_job")
    path = f"{LIST}/{job['PK'].removeprefix('IMPORT#')}"
    viewer = staff(cloud, Role.VIEWER)

    page = cloud.get_page(path, cookies=viewer)
    refused = cloud.get_page(f"{path}/failed.csv", cookies=viewer)

    assert page.status == 200
    assert "failed.csv" not in page.body
    assert refused.status == 403
    assert "location" not in refused.headers
    assert "downloaded_failures" not in str(actions(cloud))


def test_failed_rows_that_were_deleted_meanwhile_are_not_handed_out(cloud: Cloud) -> None:
    cookies = staff(cloud)
    uploaded(cloud, upload_page(cloud, cookies), a_file(BAD))
    cloud.drain()
    for version in clients.s3().list_object_versions(Bucket=cloud.bucket)["Versions"]:
        clients.s3().delete_object(
            Bucket=cloud.bucket, Key=version["Key"], VersionId=version["VersionId"]
        )
    (job,) = cloud.items(cloud.customers_table, "import_job")

    path = f"{LIST}/{job['PK'].removeprefix('IMPORT#')}/failed.csv"

    assert cloud.get_page(path, cookies=cookies).status == 404


def test_a_refused_file_says_why(cloud: Cloud) -> None:
    cookies = staff(cloud)
    uploaded(cloud, upload_page(cloud, cookies), b"PK\x03\x04 not a table", "customers.xlsx")
    cloud.drain()

    (job,) = cloud.items(cloud.customers_table, "import_job")
    said = text_of(cloud.get_page(f"{LIST}/{job['PK'].removeprefix('IMPORT#')}", cookies=cookies))

    assert "customers.xlsx Refused" in said
    assert job["reason"] in said


def test_progress_is_told_to_staff_only(cloud: Cloud) -> None:
    cookies = staff(cloud)
    cloud.drop("dropped.csv", a_file(a_row(1), BAD))
    cloud.drain()
    (job,) = cloud.items(cloud.customers_table, "import_job")
    path = f"{LIST}/{job['PK'].removeprefix('IMPORT#')}/progress"

    told = cloud.request("GET", path, cookies=cookies, headers={"accept": "application/json"})

    assert told.json == {
        "ended": True,
        "rows": 2,
        "done": 2,
        "created": 1,
        "exists": 0,
        "duplicate": 0,
        "rejected": 1,
    }
    assert cloud.get_page(path).status == 303


def test_a_viewer_uploads_nothing_and_missing_imports_are_not_found(cloud: Cloud) -> None:
    viewer = staff(cloud, Role.VIEWER)

    assert upload_page(cloud, viewer).status == 403
    assert 'name="dry_run"' not in cloud.get_page(LIST, cookies=viewer).body
    assert cloud.get_page(f"{LIST}/{'0' * 32}", cookies=viewer).status == 404
    assert cloud.get_page(f"{LIST}/uploaded/nonsense").status == 404
    assert cloud.get_page(f"{LIST}?page=nonsense", cookies=viewer).status == 400
