"""Names of time zones that no table of zones has: large cities, short names of countries, clocks.

What people write who live there, in the languages of the bot; folded when it is read.
"""

from __future__ import annotations

NAMES = {
    "Europe/Berlin": "Munich; München; Hamburg; Cologne; Köln; Frankfurt; Stuttgart; "
    "Düsseldorf; Leipzig; Dresden; Bremen; Hannover; Nürnberg; Munique; Múnich; Мюнхен; "
    "Гамбург; ميونخ; مونیخ; 慕尼黑",
    "Europe/Zurich": "Geneva; Genf; Genève; Basel; Bern; Lausanne; Ginebra; Женева; جنيف; "
    "ژنو; 日内瓦",
    "Europe/Vienna": "Graz; Salzburg; Innsbruck; Linz",
    "Europe/London": "UK; U.K.; GB; Great Britain; Britain; England; Scotland; Wales; "
    "Manchester; Birmingham; Edinburgh; Glasgow; Liverpool; BST",
    "Europe/Lisbon": "Porto; Oporto; Braga; Coimbra; WET; WEST",
    "Europe/Madrid": "Barcelona; Valencia; Sevilla; Seville; Bilbao; Málaga; Zaragoza; "
    "Барселона; برشلونة",
    "Europe/Paris": "Lyon; Marseille; Toulouse; Bordeaux; Lille; Nantes; Strasbourg",
    "Europe/Rome": "Milan; Milano; Mailand; Milán; Milão; Naples; Napoli; Turin; Torino; "
    "Florence; Firenze; Venice; Venezia; Милан; ميلانو; 米兰",
    "Europe/Amsterdam": "Rotterdam; Den Haag; The Hague; Utrecht; Holland",
    "Europe/Brussels": "Antwerp; Antwerpen; Gent; Ghent",
    "Europe/Warsaw": "Kraków; Krakow; Krakau; Gdańsk; Wrocław; Łódź; Poznań",
    "Europe/Prague": "Praha; Brno",
    "Europe/Moscow": "MSK; МСК; Saint Petersburg; St Petersburg; Санкт-Петербург; "
    "Петербург; Питер; Казань; Kazan; Нижний Новгород",
    "Europe/Kyiv": "Kharkiv; Харків; Харьков; Odesa; Odessa; Одеса; Одесса; Lviv; Львів; "
    "Львов; Lemberg; Dnipro; Дніпро",
    "Europe/Istanbul": "Ankara; İzmir; Izmir; Bursa; Antalya; Adana; TRT; Анкара; أنقرة; آنکارا",
    "Asia/Riyadh": "Saudi Arabia; السعودية; جدة; مكة; المدينة; الدمام; Jeddah; Mecca; "
    "Makkah; Medina",
    "Asia/Dubai": "UAE; U.A.E.; Emirates; الإمارات; أبو ظبي; ابوظبي; الشارقة; Abu Dhabi; "
    "Sharjah; GST",
    "Africa/Cairo": "Alexandria; الإسكندرية; الاسكندرية; الجيزة; Giza",
    "Africa/Casablanca": "Rabat; الرباط; مراكش; Marrakesh; Marrakech; فاس; طنجة",
    "Africa/Johannesburg": "Cape Town; Kapstadt; Durban; Pretoria",
    "Asia/Tehran": "مشهد; اصفهان; شیراز; تبریز; Mashhad; Isfahan; Shiraz; Tabriz; IRST",
    "Asia/Kolkata": "Mumbai; Bombay; Delhi; New Delhi; Neu-Delhi; Bangalore; Bengaluru; "
    "Chennai; Hyderabad; Pune; Ahmedabad; मुंबई; मुम्बई; दिल्ली; नई दिल्ली; बेंगलुरु; "
    "चेन्नई; हैदराबाद; पुणे; अहमदाबाद; लखनऊ; जयपुर",
    "Asia/Jakarta": "WIB; Bandung; Surabaya; Yogyakarta; Semarang; Medan",
    "Asia/Makassar": "WITA; Bali; Denpasar",
    "Asia/Jayapura": "WIT",
    "Asia/Shanghai": "Beijing; Peking; Pekín; Pékin; Pequim; Пекин; بكين; پکن; 北京; 北京时间; "
    "Shenzhen; 深圳; Guangzhou; 广州; Chengdu; 成都; 重庆; 天津; 武汉; 西安; 杭州; 南京",
    "Asia/Tokyo": "JST; Osaka; Kyoto; Yokohama",
    "Asia/Seoul": "KST; Korea; South Korea; Busan",
    "Asia/Singapore": "SGT",
    "Asia/Hong_Kong": "HKT",
    "America/New_York": "EST; EDT; Eastern Time; Washington; Washington DC; Boston; Miami; "
    "Philadelphia; Atlanta; NYC; New York City; Nueva York; Nova York; Нью-Йорк",
    "America/Chicago": "Central Time; Dallas; Houston; Austin; San Antonio; Minneapolis; "
    "New Orleans; St. Louis; Nashville",
    "America/Denver": "MST; MDT; Mountain Time; Salt Lake City",
    "America/Los_Angeles": "PST; PDT; Pacific Time; San Francisco; Seattle; San Diego; "
    "Las Vegas; Portland; California; Kalifornien",
    "America/Toronto": "Ottawa; Montreal; Montréal; Quebec; Québec",
    "America/Mexico_City": "CDMX; Guadalajara; Puebla",
    "America/Sao_Paulo": "BRT; Rio; Rio de Janeiro; Brasília; Brasilia; Belo Horizonte; "
    "Curitiba; Porto Alegre; Horário de Brasília",
    "America/Bogota": "Medellín; Medellin; Cali",
    "America/Argentina/Buenos_Aires": "Rosario; La Plata; ART",
    "Australia/Sydney": "AEST; AEDT; Canberra",
    "Pacific/Auckland": "NZ; NZST; NZDT; Wellington",
}
"""Names that mean one zone."""
SEVERAL = {
    "USA; U.S.A.; US; U.S.; America; EE. UU.; EUA; США; 美国": (
        "America/New_York America/Chicago America/Denver "
        "America/Los_Angeles America/Anchorage Pacific/Honolulu"
    ),
    "CET; CEST; Central European Time; MEZ; MESZ; Mitteleuropäische Zeit": (
        "Europe/Berlin Europe/Paris Europe/Madrid Europe/Rome Europe/Warsaw Europe/Amsterdam"
    ),
    "EET; EEST; Eastern European Time; OEZ; Osteuropäische Zeit": (
        "Europe/Athens Europe/Bucharest Europe/Kyiv Europe/Helsinki Europe/Sofia Africa/Cairo"
    ),
    "IST": ("Asia/Kolkata Asia/Jerusalem Europe/Dublin"),
    "CST": ("America/Chicago Asia/Shanghai"),
}
"""Names that mean one of several."""
