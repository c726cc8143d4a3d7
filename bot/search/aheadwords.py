"""Words for times to come in every interface language, as people write them (`ahead`).

Order in each table: en, de, es, fr, pt, ru, uk, tr, ar, fa, hi, id, zh; forms of a word stand side
by side.
"""

from __future__ import annotations

NUMBERS = (
    "one; eins; ein; una; uno; une; un; uma; um; час; первой; першій; першу; bir; "
    "الواحدة; یک; एक; satu; 一",
    "two; zwei; dos; deux; duas; dois; два; две; дві; другій; iki; الثانية; دو; दो; dua; 二; 两",
    "three; drei; tres; trois; três; три; третій; üç; الثالثة; سه; तीन; tiga; 三",
    "four; vier; cuatro; quatre; quatro; четыре; чотири; четвертій; dört; الرابعة; چهار; "
    "चार; empat; 四",
    "five; fünf; cinco; cinq; пять; п'ять; п'ятій; beş; الخامسة; پنج; पाँच; पांच; lima; 五",
    "six; sechs; seis; шесть; шість; шостій; altı; السادسة; شش; छह; छः; enam; 六",
    "seven; sieben; siete; sept; sete; семь; сім; сьомій; yedi; السابعة; هفت; सात; tujuh; 七",
    "eight; acht; ocho; huit; oito; восемь; вісім; восьмій; sekiz; الثامنة; هشت; आठ; delapan; 八",
    "nine; neun; nueve; neuf; nove; девять; дев'ять; дев'ятій; dokuz; التاسعة; نه; नौ; "
    "sembilan; 九",
    "ten; zehn; diez; dix; dez; десять; десятій; on; العاشرة; ده; दस; sepuluh; 十",
    "eleven; elf; once; onze; одиннадцать; одинадцятій; on bir; الحادية عشرة; یازده; "
    "ग्यारह; sebelas; 十一",
    "twelve; zwölf; doce; douze; doze; двенадцать; дванадцятій; on iki; الثانية عشرة; "
    "دوازده; बारह; dua belas; 十二",
)
"""One to twelve."""
PARTS_OF_DAY = {
    "morning": "morning; in the morning; früh; morgens; por la mañana; de la mañana; le matin; "
    "matin; du matin; de manhã; da manhã; утром; утра; вранці; ранку; sabah; صباحا; "
    "صباحًا; ص; صبح; सुबह; pagi; 早上; 上午",
    "noon": "noon; at noon; mittags; mittag; mediodía; a mediodía; midi; à midi; meio-dia; ao "
    "meio-dia; в полдень; полдень; опівдні; öğle; öğlen; ظهرا; ظهر; दोपहर; siang; 中午",
    "afternoon": "afternoon; in the afternoon; nachmittags; nachmittag; am nachmittag; "
    "après-midi; de l'après-midi; cet après-midi; après midi; öğleden sonra; बाद दोपहर; "
    "بعد از ظهر; بعد الظهر",
    "evening": "evening; in the evening; tonight; abends; abend; heute abend; por la tarde; de "
    "la tarde; por la noche; de la noche; esta noche; ce soir; le soir; soir; du "
    "soir; à noite; da noite; da tarde; hoje à noite; вечером; вечера; ввечері; "
    "вечора; akşam; akşamları; bu akşam; gece; مساء; مساءً; م; عصر; شب; शाम; रात; sore; malam; "
    "晚上; 下午; 今晚",
}
TONIGHT = "bu akşam; ce soir; esta noche; heute abend; hoje à noite; tonight; 今晚"
"""Parts of the day that say which day, too: today."""
TODAY = (
    "today; heute; hoy; aujourd'hui; hoje; сегодня; сьогодні; bugün; اليوم; امروز; आज; "
    "hari ini; 今天"
)
TOMORROW = (
    "tomorrow; morgen; mañana; demain; amanhã; завтра; yarın; غدا; غدًا; فردا; कल; besok; 明天"
)
AFTER_TOMORROW = (
    "day after tomorrow; übermorgen; pasado mañana; après-demain; depois de amanhã; "
    "послезавтра; післязавтра; öbür gün; بعد غد; پس فردا; परसों; lusa; 后天"
)
BESIDE_CLOCK = (
    "at; um; gegen; uhr; a las; a la; las; à; às; as; heures; heure; horas; hora; h; в; во; о; "
    "об; часов; часа; час; год; saat; saat'te; الساعة; ساعت; في; در; बजे; को; pukul; jam; "
    "点; 點; 点钟; 时; o'clock; on; am; le; el; la; em; на; у"
)
MIDNIGHT = (
    "midnight; at midnight; mitternacht; um mitternacht; medianoche; a medianoche; minuit; "
    "à minuit; meia-noite; à meia-noite; полночь; в полночь; північ; опівночі; "
    "gece yarısı; منتصف الليل; نیمه شب; نیمه‌شب; आधी रात; tengah malam; 午夜; 半夜; 零点"
)
HOUR_BEHIND = (
    "uhr; heures; heure; h; horas; hora; часов; часа; час; годин; години; год; बजे; 点; 點; 点钟; 时"
)
"""Words for the hour that minutes may follow."""
BEFORE_HALF = "half past; साढ़े; साढे"
"""Words before an hour that say half an hour later."""
BEHIND_HALF = (
    "y media; et demie; et demi; e meia; с половиной; buçuk; buçukta; والنصف; و النصف; و نیم; "
    "و نصف; 半"
)
"""The same, behind it."""
HALF_TO = "halb; пів на; о пів на; setengah"
"""Words before an hour that say half an hour earlier."""
FROM = (
    "from; between; von; zwischen; de las; de; desde las; desde; entre; da; das; с; со; з; від; "
    "من; از; dari; 从"
)
TO = (
    "to; until; till; and; bis; und; a; hasta; y; à; jusqu'à; et; até; às; e; до; по; и; ile; إلى; "
    "الى; حتى; و; تا; से; तक; sampai; hingga; dan; 到; 至"
)
"""Between the two ends of a part of the day."""
UNTIL = (
    "until; till; bis zum; bis; hasta el; hasta; jusqu'à; jusqu'au; até; до; حتى; تا; sampai; "
    "hingga; 到; 至"
)
"""Words before the end of a pause."""
LATER = (
    "in; dans; en; em; dentro de; daqui a; через; за; sonra; بعد; خلال; تا; بعد از; दیگر; "
    "में; बाद; dalam; lagi; 后; 以后; 之后"
)
UNITS = {
    "minutes": "minutes; minute; min; mins; minuten; minuto; minutos; минут; минуты; минуту; "
    "хвилин; хвилини; хвилину; dakika; دقيقة; دقائق; دقیقه; मिनट; menit; 分钟",
    "hours": "hours; hour; hrs; stunden; stunde; horas; hora; heures; heure; часа; часов; "
    "годин; години; годину; saat; ساعة; ساعات; ساعت; घंटे; घंटा; jam; 小时",
    "days": "days; day; tagen; tage; tag; días; día; jours; jour; dias; dia; дней; дня; день; "
    "днів; дні; gün; أيام; يوم; روز; दिन; hari; 天",
    "weeks": "weeks; week; wochen; woche; semanas; semana; semaines; semaine; недель; недели; "
    "неделю; тижнів; тижні; тиждень; hafta; أسابيع; أسبوع; هفته; सप्ताह; हफ्ते; "
    "minggu; 周",
}
"""Names of `timedelta`'s arguments."""
