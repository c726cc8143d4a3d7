"""Words around the subject of a question, in the interface languages: what is new about tea?"""

from __future__ import annotations

from bot.search.words import words_of

_ASKING = frozenset(
    words_of(
        """
        a about all an and any are article articles at by can did do does everything find for
        from give happen happened happening happens has have how i in is it latest me more my
        new news of on or please show some story stories tell that the there this to today was
        were what when where which who why will with you
        aktuelles alles am artikel auf bei das dem den der die ein eine es für geschah
        geschehen geschichten gibt ist meldungen mir mit nachrichten neu neue neues passiert
        passierte über und von war was welche wer wie wo zu zum zur
        algo artículos con cuál cuales de del donde el en es está fue ha hay historias la las lo
        los nuevas nuevo noticias ocurrió para pasado pasó por qué quién se sobre todo un una y
        actualités arrivé articles au aux ce dans de des du est et histoires il la le les
        nouvelles ou par passé pour quel quelle quelles quels qui quoi s'est sur tout une
        aconteceu artigos as com da das do dos e em foi há histórias mais na nas no nos notícia
        notícias o os qual quais que tudo um uma
        а было в во все где для и из истории как какие кто ли на новое нового новости о об от по
        произошло про с случилось со статьи там что это
        були в все де з за історії із нове новини про статті сталося та трапилося у хто що як які
        apa artikel atau baru berita cerita dan dari di ini semua terjadi yang
        hakkında haber haberler haberleri hangi her ile kim makaleler ne neler nedir nerede oldu
        olan son şey tüm ve yeni
        عن في ما ماذا هي هو هل حدث الأخبار أخبار اخبار خبر جديد من على كل شيء مقالات
        از در را چه چی اتفاقی افتاد شد خبر خبرها اخبار جدید درباره همه مطالب است هست
        और का की के को खबर खबरें ख़बर ख़बरें क्या जो नई नया पर बारे में समाचार सब सभी हुआ हुई है हैं
        """
    )
)


def is_asking(words: tuple[str, ...]) -> bool:
    """Whether the words only frame a question and name nothing that it is about."""
    return all(word in _ASKING for word in words)
