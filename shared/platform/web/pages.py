"""How a page is made: Jinja2 with escaping and strict names, the shell of every page, and the headers that guard it.

One environment per language (so that imported macros speak it too), templates from the service's own directories
first, then from this package. `render` gives every template: `viewer`, `places` (navigation), `who`, `lang`,
`other_languages`, `csrf_field()`, `static(name)`; filters `when`, `until`, `day`, `weekday_of`, `said`; gettext
`_()`/`gettext`/`ngettext`. `_()` is for msgids that stand in the template, for it trusts them as markup; what comes
from elsewhere is `said`, which escapes it and knows finished sentences again. Give `now` (the campaign's clock) and
the filters leave this year's number out; give `here` (a navigation key) to mark the place. Pages run no inline script
and no inline style: the policy below blocks both, also `style=` attributes inside SVG.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from shared.platform.dates import WEEKDAY_LETTERS, Locale
from shared.platform.web.session import CSRF_FIELD, Viewer, csrf_token, greeted
from shared.platform.web.static_files import static_url
from shared.platform.web.words import (
    LANGUAGE_TAGS,
    day_in_words,
    translate,
    translations,
    until_in_words,
    when_in_words,
    zone_in_words,
)

LANGUAGE_COOKIE = "bihuan_lang"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; font-src 'self'"
)
_TEMPLATES = Path(__file__).parent / "templates"
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the main navigation: `key` marks the current one, `label` is a msgid in the context `nav`."""

    key: str
    label: str
    href: str


def _who_by_role(viewer: Viewer, _: Locale) -> str:
    return f"{viewer.role} · {viewer.unit}"


@dataclass(frozen=True, slots=True)
class Look:
    """What pages show that the platform does not know: who a signed-in person is (“泽州县局 · 承办人 林知远”), which
    places a role may open (None: a visitor), and what templates may call, by language."""

    who: Callable[[Viewer, Locale], str] = _who_by_role
    places: Callable[[str | None], Sequence[Place]] = lambda _: ()
    functions: Callable[[Locale], Mapping[str, Any]] = lambda _: {}


PLAIN = Look()


class Pages:
    """The templates of one service in both languages."""

    def __init__(self, directories: Sequence[Path] = (), look: Look = PLAIN) -> None:
        loader = jinja2.FileSystemLoader([*directories, _TEMPLATES])
        self._environments: dict[Locale, jinja2.Environment] = {
            "zh": _environment("zh", loader, look),
            "en": _environment("en", loader, look),
        }
        self._look = look

    def text(self, locale: Locale, template: str, context: dict[str, Any]) -> str:
        """A template as text, without a request (for documents and tests)."""
        return self._environments[locale].get_template(template).render(context)

    def render(
        self, request: Request, template: str, *, status: int = 200, no_store: bool = False, **context: Any
    ) -> HTMLResponse:
        """A page for this request. `no_store` keeps it out of every cache; pages for signed-in people always are."""
        locale = locale_of(request)
        viewer = greeted(request)
        shell = {
            "request_path": request.scope["path"],
            "viewer": viewer,
            "who": self._look.who(viewer, locale) if viewer else None,
            "places": self._look.places(viewer.role if viewer else None),
            "here": None,
            "now": None,
            "desk_count": None,
            "csrf_field": lambda: _csrf_field(viewer),
            "other_languages": _other_languages(request, locale),
        }
        text = self.text(locale, template, {**shell, **context})
        response = HTMLResponse(text, status_code=status)
        response.headers["Content-Security-Policy"] = PAGE_POLICY
        response.headers["Cache-Control"] = "no-store" if no_store or viewer else "no-cache"
        response.headers["Vary"] = "Cookie"
        if request.query_params.get("lang") in LANGUAGE_TAGS:
            secure: bool = request.app.state.secure
            response.set_cookie(
                LANGUAGE_COOKIE, locale, max_age=_YEAR, path="/", httponly=True, samesite="lax", secure=secure
            )
        return response


def render(
    request: Request, template: str, *, status: int = 200, no_store: bool = False, **context: Any
) -> HTMLResponse:
    """A page of this request's service; see `Pages.render`."""
    pages: Pages = request.app.state.pages
    return pages.render(request, template, status=status, no_store=no_store, **context)


def locale_of(request: Request) -> Locale:
    """The language chosen by `?lang=` or earlier by the switch; Chinese otherwise."""
    for choice in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if choice == "en":
            return "en"
        if choice == "zh":
            return "zh"
    return "zh"


def _environment(locale: Locale, loader: jinja2.BaseLoader, look: Look) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(locale), newstyle=True)  # type: ignore[attr-defined]

    @jinja2.pass_context
    def when(context: jinja2.runtime.Context, value: datetime) -> str:
        return when_in_words(value, locale, context.get("now"))

    @jinja2.pass_context
    def until(context: jinja2.runtime.Context, value: datetime) -> str:
        return until_in_words(value, locale, context.get("now"))

    @jinja2.pass_context
    def day(context: jinja2.runtime.Context, value: date | datetime) -> str:
        return day_in_words(value, locale, context.get("now"))

    @jinja2.pass_context
    def weekday_of(context: jinja2.runtime.Context, value: date | datetime) -> str:
        return day_in_words(value, locale, context.get("now"), weekday=True)

    def said(sentence: str) -> str:
        return translate(locale, sentence)

    environment.filters.update(said=said, when=when, until=until, day=day, weekday_of=weekday_of)
    environment.globals.update(
        look.functions(locale),
        static=static_url,
        lang=LANGUAGE_TAGS[locale],
        weekday_letters=WEEKDAY_LETTERS[locale],
        zone=lambda: zone_in_words(locale),
    )
    return environment


def _csrf_field(viewer: Viewer | None) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, csrf_token(viewer))


def _other_languages(request: Request, current: Locale) -> list[tuple[str, str, str]]:
    """`(tag, name, href)` of each other language: the same page with its other parameters kept."""
    names: dict[Locale, str] = {"zh": "中文", "en": "English"}
    kept = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    return [
        (LANGUAGE_TAGS[locale], name, "?" + urlencode([*kept, ("lang", locale)]))
        for locale, name in names.items()
        if locale != current
    ]
