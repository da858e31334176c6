"""The pages of the Back Office in each of our languages, and in two that only tests have."""

import re
from pathlib import Path

from registration.entrypoints.rendering.import_reasons import in_words
from registration.entrypoints.rendering.locales import direction, language_tag, locales
from registration.entrypoints.rendering.texts import texts
from tests.handlers.staff.test_back_office import LIST, NEW, created, staff, text_of
from tests.support.cloud import Answer, Cloud
from tests.support.imports.files import a_file, a_row
from tests.support.shops.gaps import gaps_in
from tests.support.shops.texts import a_shop, pseudo_languages

MISSING = "The first name is missing."


def test_every_page_is_in_the_language_of_the_browser(cloud: Cloud, tmp_path: Path) -> None:
    cookies = staff(cloud)
    reference = created(cloud, cookies)
    cloud.drop("customers.csv", a_file(a_row(1), a_row(2, first_name="")))
    cloud.drain()
    listed = cloud.get_page("/back-office/imports", cookies=cookies).body
    (imported,) = set(re.findall(r"/back-office/imports/[0-9a-f]{32}", listed))
    paths = ["/back-office/login", "/back-office/password", LIST, f"{LIST}?text=nobody"]
    paths += [f"{LIST}/new", f"{LIST}/{reference}", f"{LIST}/{reference}/edit"]
    paths += [f"{LIST}/{reference}/anonymise", "/back-office/imports", "/back-office/record"]

    def seen(path: str, locale: str) -> Answer:
        headers = {"accept-language": language_tag(locale)}
        answer = cloud.get_page(path, cookies=cookies, headers=headers)
        assert answer.status == 200, path
        said = f'lang="{language_tag(locale)}" dir="{direction(locale)}"'
        assert said in answer.body, path
        assert gaps_in(text_of(answer), locale) == [], path
        return answer

    with a_shop(tmp_path, pseudo_languages()):
        assert len(locales()) > 7
        for locale in locales():
            for path in paths:
                seen(path, locale)
            said = text_of(seen(imported, locale))
            assert " ".join(texts(locale)["back_office.first_errors"].split()) in said
            assert " ".join(in_words(locale, MISSING).split()) in said
            wrong = cloud.post_form(
                f"{LIST}/new",
                NEW | {"email": "@"},
                cookies=cookies,
                headers={"accept-language": language_tag(locale)},
            )
            assert wrong.status == 422
            assert gaps_in(text_of(wrong), locale) == []
