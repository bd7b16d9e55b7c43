"""What search engines are told about an article; nothing that a reader before the gate would not see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from demo.newsroom.articles import Article
    from demo.newsroom.config import Config


def structured_data(article: Article, config: Config) -> dict[str, Any]:
    """schema.org's NewsArticle; for members' articles it names the part of the page that is withheld."""
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.headline,
        "description": article.teaser,
        "datePublished": article.published_at.isoformat(),
        "inLanguage": article.locale,
        "image": [f"{config.url}/static/pictures/{article.picture}"],
        "author": {"@type": "Organization", "name": article.desk},
        "publisher": {"@type": "Organization", "name": config.name},
        "mainEntityOfPage": article.address,
        "isAccessibleForFree": article.is_open,
    }
    if not article.is_open:
        data["hasPart"] = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".members-text"}
    return data
