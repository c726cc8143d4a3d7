"""Time words of the interface languages, folded as words are.

A word of a question that stands in none of these tables is no date: everything else is only
looked at after one of them was met. Order in each table: en, de, es, fr, pt, ru, uk, tr, ar, fa,
hi, id. Chinese stands in sentences without spaces and has a pattern of its own (`dates.py`).
"""

from __future__ import annotations

from bot.search.words import folded_word, typed_words

_RELATIVE = {
    "today": "today; heute; hoy; aujourd'hui; hoje; сегодня; сьогодні; bugün; اليوم; امروز; आज;"
    " hari ini; this morning; this afternoon; this evening; tonight; heute morgen; heute früh;"
    " heute abend; esta mañana; esta tarde; esta noche; ce matin; ce soir; hoje de manhã;"
    " esta manhã; esta noite; сегодня утром; сегодня вечером; сьогодні вранці; сьогодні ввечері;"
    " bu sabah; bu akşam; هذا الصباح; هذا المساء; امروز صبح; امشب; आज सुबह; आज शाम; pagi ini;"
    " malam ini",
    "yesterday": "yesterday; gestern; ayer; hier; ontem; вчера; вчора; учора; dün; أمس; الأمس;"
    " دیروز; कल; बीता कल; बीते कल; kemarin",
    "day before yesterday": "day before yesterday; vorgestern; anteayer; avant-hier; anteontem;"
    " позавчера; позавчора; evvelsi gün; önceki gün; أول أمس; परसों; kemarin lusa; پریروز",
    "this week": "this week; diese woche; dieser woche; esta semana; cette semaine;"
    " на этой неделе; этой недели; цього тижня; bu hafta; هذا الأسبوع; این هفته; इस सप्ताह;"
    " इस हफ्ते; minggu ini",
    "last week": "last week; past week; letzte woche; letzter woche; vergangene woche;"
    " la semana pasada; semana pasada; la semaine dernière; semaine dernière; a semana passada;"
    " semana passada; на прошлой неделе; прошлой неделе; прошлой недели; за прошлую неделю;"
    " минулого тижня; geçen hafta; الأسبوع الماضي; هفته گذشته; هفتهٔ گذشته; هفته پیش;"
    " पिछले सप्ताह; पिछला सप्ताह; पिछले हफ्ते; minggu lalu",
    "this weekend": "this weekend; dieses wochenende; am wochenende; este fin de semana;"
    " ce week-end; ce weekend; este fim de semana; neste fim de semana; в эти выходные;"
    " эти выходные; цими вихідними; ці вихідні; bu hafta sonu; نهاية هذا الأسبوع; این آخر هفته;"
    " इस सप्ताहांत; akhir pekan ini",
    "last weekend": "last weekend; letztes wochenende; vergangenes wochenende;"
    " am letzten wochenende; fin de semana pasado; el fin de semana pasado; le week-end dernier;"
    " week-end dernier; weekend dernier; fim de semana passado; o fim de semana passado;"
    " прошлые выходные; в прошлые выходные; минулі вихідні; минулими вихідними;"
    " geçen hafta sonu; نهاية الأسبوع الماضي; आख़िरी सप्ताहांत; पिछले सप्ताहांत; آخر هفته گذشته;"
    " akhir pekan lalu",
    "this month": "this month; diesen monat; dieser monat; diesem monat; este mes; ce mois-ci;"
    " ce mois; este mês; neste mês; в этом месяце; этого месяца; цього місяця; bu ay; هذا الشهر;"
    " این ماه; इस माह; इस महीने; bulan ini",
    "last month": "last month; past month; letzten monat; letzter monat; el mes pasado;"
    " mes pasado; le mois dernier; mois dernier; o mês passado; mês passado; в прошлом месяце;"
    " прошлом месяце; прошлого месяца; минулого місяця; geçen ay; الشهر الماضي; ماه گذشته;"
    " ماه پیش; पिछला माह; पिछले माह; पिछले महीने; bulan lalu",
    "this year": "this year; dieses jahr; diesem jahr; este año; cette année; este ano;"
    " в этом году; этого года; цього року; bu yıl; bu sene; هذا العام; هذه السنة; امسال; इस वर्ष;"
    " इस साल; tahun ini",
    "last year": "last year; past year; letztes jahr; letzten jahr; el año pasado; año pasado;"
    " l'année dernière; année dernière; l'an dernier; o ano passado; ano passado; в прошлом году;"
    " прошлом году; прошлого года; минулого року; торік; geçen yıl; geçen sene; العام الماضي;"
    " السنة الماضية; سال گذشته; पिछले साल; पिछला वर्ष; पिछले वर्ष; tahun lalu",
}
_WEEKDAYS = (
    "monday; montag; lunes; lundi; segunda-feira; понедельник; понедельника; понеділок;"
    " понеділка; pazartesi; الاثنين; الإثنين; دوشنبه; सोमवार; senin",
    "tuesday; dienstag; martes; mardi; terça-feira; вторник; вторника; вівторок; вівторка; salı;"
    " الثلاثاء; سه شنبه; मंगलवार; selasa",
    "wednesday; mittwoch; miércoles; mercredi; quarta-feira; среда; среды; среду; середа; середи;"
    " середу; çarşamba; الأربعاء; چهارشنبه; बुधवार; rabu",
    "thursday; donnerstag; jueves; jeudi; quinta-feira; четверг; четверга; четвер; четверга;"
    " perşembe; الخميس; پنجشنبه; गुरुवार; kamis",
    "friday; freitag; viernes; vendredi; sexta-feira; пятница; пятницы; пятницу; п'ятниця;"
    " п'ятниці; п'ятницю; cuma; الجمعة; جمعه; शुक्रवार; jumat",
    "saturday; samstag; sonnabend; sábado; samedi; суббота; субботы; субботу; субота; суботи;"
    " суботу; cumartesi; السبت; شنبه; शनिवार; sabtu",
    "sunday; sonntag; domingo; dimanche; воскресенье; воскресенья; неділя; неділі; неділю; pazar;"
    " الأحد; یکشنبه; रविवार; minggu",
)
_MONTHS = (
    "january; jan; januar; jänner; enero; janvier; janeiro; январь; января; январе; січень; січня;"
    " січні; ocak; يناير; ژانویه; जनवरी; januari",
    "february; feb; februar; febrero; février; fevereiro; февраль; февраля; феврале; лютий;"
    " лютого; лютому; şubat; فبراير; فوریه; फ़रवरी; फरवरी; februari",
    "march; mar; märz; marzo; mars; março; март; марта; марте; березень; березня; березні; mart;"
    " مارس; मार्च; maret",
    "april; apr; abril; avril; апрель; апреля; апреле; квітень; квітня; квітні; nisan; أبريل;"
    " آوریل; अप्रैल",
    "may; mai; mayo; maio; май; мая; мае; травень; травня; травні; mayıs; مايو; مه; मई; mei",
    "june; jun; juni; junio; juin; junho; июнь; июня; июне; червень; червня; червні; haziran;"
    " يونيو; ژوئن; जून",
    "july; jul; juli; julio; juillet; julho; июль; июля; июле; липень; липня; липні; temmuz;"
    " يوليو; ژوئیه; जुलाई",
    "august; aug; agosto; août; август; августа; августе; серпень; серпня; серпні; ağustos;"
    " أغسطس; اوت; अगस्त; agustus",
    "september; sep; sept; septiembre; septembre; setembro; сентябрь; сентября; сентябре;"
    " вересень; вересня; вересні; eylül; سبتمبر; سپتامبر; सितंबर; सितम्बर",
    "october; oct; oktober; octubre; octobre; outubro; октябрь; октября; октябре; жовтень; жовтня;"
    " жовтні; ekim; أكتوبر; اکتبر; अक्टूबर; अक्तूबर",
    "november; nov; noviembre; novembre; novembro; ноябрь; ноября; ноябре; листопад; листопада;"
    " листопаді; kasım; نوفمبر; نوامبر; नवंबर; नवम्बर",
    "december; dec; dezember; diciembre; décembre; dezembro; декабрь; декабря; декабре; грудень;"
    " грудня; грудні; aralık; ديسمبر; دسامبر; दिसंबर; दिसम्बर; desember",
)
_UNITS = {
    "hour": "hour; hours; stunde; stunden; hora; horas; heure; heures; час; часа; часов; година;"
    " години; годин; годину; saat; ساعة; ساعات; ساعت; घंटा; घंटे; घंटों; jam",
    "day": "day; days; tag; tage; tagen; día; días; jour; jours; dia; dias; день; дня; дней; дні;"
    " днів; gün; يوم; أيام; روز; दिन; दिनों; hari",
    "week": "week; weeks; woche; wochen; semana; semanas; semaine; semaines; неделя; недели;"
    " недель; неделю; тиждень; тижні; тижнів; hafta; أسبوع; أسابيع; هفته; सप्ताह; हफ्ते; minggu",
    "month": "month; months; monat; monate; monaten; mes; meses; mois; mês; месяц; месяца;"
    " месяцев; місяць; місяці; місяців; ay; شهر; أشهر; ماه; महीने; माह; bulan",
    "year": "year; years; jahr; jahre; jahren; año; años; an; ans; année; années; ano; anos; год;"
    " года; лет; рік; роки; років; yıl; سنة; سنوات; سال; साल; वर्ष; tahun",
}
_NUMBERS = {
    1: "one; a; an; ein; eine; einem; einer; un; una; une; um; uma; один; одну; bir; یک; एक; satu",
    2: "two; zwei; dos; deux; dois; duas; два; две; двух; дві; двох; iki; دو; दो; dua",
    3: "three; drei; tres; trois; três; три; трёх; трех; трьох; üç; ثلاثة; ثلاث; سه; तीन; tiga",
    4: "four; vier; cuatro; quatre; quatro; четыре; четырёх; четырех; чотири; чотирьох; dört;"
    " أربعة; أربع; چهار; चार; empat",
    5: "five; fünf; cinco; cinq; пять; пяти; п'ять; п'яти; beş; خمسة; خمس; پنج; पांच; पाँच; lima",
    6: "six; sechs; seis; шесть; шести; шість; шести; altı; ستة; ست; شش; छह; छः; enam",
    7: "seven; sieben; siete; sept; sete; семь; семи; сім; семи; yedi; سبعة; سبع; هفت; सात; tujuh",
    8: "eight; acht; ocho; huit; oito; восемь; восьми; вісім; восьми; sekiz; ثمانية; ثماني; هشت;"
    " आठ; delapan",
    9: "nine; neun; nueve; neuf; nove; девять; девяти; дев'ять; дев'яти; dokuz; تسعة; تسع; نه; नौ;"
    " sembilan",
    10: "ten; zehn; diez; dix; dez; десять; десяти; on; عشرة; عشر; ده; दस; sepuluh",
    12: "twelve; zwölf; doce; douze; doze; двенадцать; двенадцати; дванадцять; дванадцяти;"
    " on iki; اثنا عشر; دوازده; बारह; dua belas",
}
_FROM = (
    "from; between; von; vom; zwischen; de; desde; del; entre; du; depuis; do; da; с; со; между;"
    " от; з; від; між; من; بين; از; بین; dari; antara"
)
_TO = (
    "to; until; till; through; thru; bis; bis zum; hasta; al; a; au; à; jusque; jusqu'à;"
    " jusqu'en; até; ao; по; до; إلى; حتى; تا; sampai; hingga"
)
_AND = "and; und; y; et; e; и; і; й; та; و; ve; ile; और; dan"
_BETWEEN_BEHIND = "arası; arasında; arasındaki; के बीच"
_SINCE = (
    "since; from; after; seit; ab; desde; depuis; dès; с; со; начиная; з; від; починаючи; منذ; از;"
    " sejak; dari"
)
_BEFORE = "before; vor; antes; avant; до; قبل; پیش; sebelum"
_UNTIL = (
    "until; till; bis; hasta; jusque; jusqu'à; jusqu'en; jusqu'au; até; по; حتى; تا; sampai; hingga"
)
_BEFORE_BEHIND = "önce; से पहले"
_UNTIL_BEHIND = "तक"
_SINCE_BEHIND = "beri; itibaren; से"
_AGO = "ago; vor; hace; il y a; há; atrás; назад; тому; önce; قبل; منذ; پیش; पहले; lalu; yang lalu"
_RECENT = (
    "last; past; letzte; letzten; últimos; últimas; derniers; dernières; последние; последних;"
    " останні; son; آخر; گذشته; اخیر; पिछले; terakhir; los últimos; las últimas;"
    " les derniers; les dernières; nos últimos; nas últimas"
)
_AT = (
    "in; on; of; last; this; during; im; am; letzten; diesen; en; el; este; pasado; le; au; ce;"
    " dernier; em; no; na; neste; в; во; на; у; цього; bu; geçen; في; يوم; در; में; pada; bulan;"
    " tahun; hari; since; from; seit; desde; depuis; sejak; за; прошлый; прошлую; прошлое;"
    " минулого; минулий; минулу; минулої; الماضي; पिछले; les; los"
)
_AT_BEHIND = (
    "dernier; dernière; pasado; passado; passada; الماضي; الماضية; گذشته; lalu; ayında; günü; में; को"
)
_BETWEEN = "jahr; jahre; año; an; l'an; ano; عام; سنة; سال; tahun; hari; bulan"
_ARTICLES = "the; el; la; le; o; a; dem; der"
_OF = "de; del; do; da; از; zum; zur"
_YEAR_MARKS = "г; года; год; году; р; року; році; yılı; yılında; में"
_LINKS = "of; de; del; the; den; der; г; года; год; року; ayı"


def _folded(phrase: str) -> str:
    return " ".join(folded_word(word) for word in typed_words(phrase))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (_folded(part) for part in text.split(";")))))


RELATIVE = {phrase: name for name, text in _RELATIVE.items() for phrase in _listed(text)}
WEEKDAYS = {word: day for day, text in enumerate(_WEEKDAYS) for word in _listed(text)}
MONTHS = {word: month for month, text in enumerate(_MONTHS, 1) for word in _listed(text)}
UNITS = {word: unit for unit, text in _UNITS.items() for word in _listed(text)}
NUMBERS = {word: number for number, text in _NUMBERS.items() for word in _listed(text)}
FROM = frozenset(_listed(_FROM))
TO = frozenset(_listed(_TO))
AND = frozenset(_listed(_AND))
BETWEEN_BEHIND = frozenset(_listed(_BETWEEN_BEHIND))
SINCE = frozenset(_listed(_SINCE))
SINCE_BEHIND = frozenset(_listed(_SINCE_BEHIND))
BEFORE = frozenset(_listed(_BEFORE))
UNTIL = BEFORE | frozenset(_listed(_UNTIL))
BEFORE_BEHIND = _listed(_BEFORE_BEHIND)
UNTIL_BEHIND = (*BEFORE_BEHIND, *_listed(_UNTIL_BEHIND))
AGO = frozenset(_listed(_AGO))
RECENT = frozenset(_listed(_RECENT))
AT = frozenset(_listed(_AT))
ARTICLES = frozenset(_listed(_ARTICLES))
AT_BEHIND = frozenset(_listed(_AT_BEHIND))
SMALL_WORDS = ARTICLES | frozenset(_listed(_OF))
ONLY_ARTICLES = ARTICLES - AT
BETWEEN = AT | ARTICLES | frozenset(_listed(f"{_BETWEEN}; den"))
YEAR_MARKS = frozenset(_listed(_YEAR_MARKS))
LINKS = frozenset(_listed(_LINKS))
LONGEST = max(len(phrase.split()) for phrase in RELATIVE)
