"""A page of the little web, as somebody sees it who followed a link."""

from __future__ import annotations

import html
import re

from bot.sandbox.previews import WebPage

_STYLE = """
:root { color-scheme: light dark; }
body {
  margin: 0;
  background: light-dark(#faf8f4, #14181d);
  color: light-dark(#1f2328, #dfe4ea);
  font: 19px/1.62 Georgia, "Noto Serif", "DejaVu Serif", serif;
  overflow-wrap: anywhere;
}
header {
  padding: 14px max(20px, calc(50vw - 340px));
  border-bottom: 1px solid light-dark(#e6e0d5, #28303a);
  font: 600 15px/1.4 system-ui, "DejaVu Sans", sans-serif;
}
header small { display: block; font-weight: 400; color: light-dark(#73767a, #8d97a3); }
main { max-width: 680px; margin: 0 auto; padding: 28px 20px 80px; }
h1 { margin: 0 0 14px; font-size: clamp(28px, 5vw, 40px); line-height: 1.18; text-wrap: balance; }
.lead { margin: 0 0 24px; color: light-dark(#5a6068, #a4aeb9); font-size: 21px; line-height: 1.45; }
img { display: block; max-width: 100%; height: auto; margin: 0 auto 26px; border-radius: 10px; }
a { color: light-dark(#1f6fd1, #79b8ff); }
pre { overflow-x: auto; font-size: 15px; }
blockquote { margin: 0; padding-inline-start: 18px; border-inline-start: 3px solid #8aa3bd; }
"""
_IMAGE = re.compile(r"https?://|/(?!/)", re.IGNORECASE)


def article_page(page: WebPage, url: str) -> str:
    """The whole document; `page.html` goes in as it is, for the caller forbids its scripts."""
    title = html.escape(page.title)
    image = ""
    if page.image and _IMAGE.match(page.image) and page.image not in page.html:
        image = f'<img src="{html.escape(page.image)}" alt="">'
    lead = html.escape(page.description)
    body = (
        f'<h1 dir="auto">{title}</h1>'
        + (f'<p class="lead" dir="auto">{lead}</p>' if lead else "")
        + image
        + f'<div dir="auto">{page.html}</div>'
    )
    return _document(page.title, page.site_name or url, url, body)


def unknown_page(url: str) -> str:
    """What stands where the little web has no page."""
    address = html.escape(url)
    return _document(
        "No such page",
        "Not in the sandbox",
        url,
        "<h1>This page is not part of the sandbox</h1>"
        f'<p>The real one may be at <a href="{address}" rel="noreferrer">{address}</a>.</p>',
    )


def _document(title: str, site: str, url: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>"
        f'<header dir="auto">{html.escape(site)}<small>{html.escape(url)}</small></header>'
        f"<main>{body}</main></body></html>\n"
    )
