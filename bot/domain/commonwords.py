"""Words that every newsroom uses: what they have in common tells nothing of an event.

Folded as `bot.domain.terms` folds: small letters without accents, Cyrillic written in Latin.
"""

from __future__ import annotations

FRAMES = {
    "en": (
        "a about after again against all also am among an and any are around as at be because "
        "been before being below between both but by can could did do does down during each "
        "either every few for from further had has have he her here hers him his how i if in into "
        "is it its itself just may me might more most much must my near no nor not now of off on "
        "once one only or other our out over own per same several she should since so some still "
        "such than that the their them then there these they this those though through till to "
        "too toward towards under until up upon us very via was we were what when where whether "
        "which while who whom whose why will with within without would yet you your amid ahead "
        "back away across almost already always another behind beyond despite enough ever however "
        "instead less like many maybe never nobody nothing often perhaps quite rather really soon "
        "sure thus together unlike well yes dr mr mrs ms st vs"
    ),
    "de": (
        "aber alle allem allen aller alles als also am an auch auf aus ausser bei beim bereits "
        "bis da dabei damit dann das dass dem den denen denn der deren des dessen deutlich die "
        "dies diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer "
        "eines er erst es etwa etwas fur gab gegen gibt hat hatte hatten haben ihr ihre ihrem "
        "ihren ihrer im in ins ist jede jeder jetzt kann kein keine konnen mehr mit nach nicht "
        "noch nun nur ob oder ohne sein seine seinem seinen seiner seit sich sie sind so soll "
        "sollen sowie uber um und uns unter vom von vor war waren was weil weiter welche wenn wer "
        "werden wie wieder will wird wo wurde wurden zu zum zur zwischen sehr laut wegen wollen "
        "muss mussen ganz hier immer nachdem wahrend"
    ),
    "es": (
        "a al algo ante antes asi aun aunque bajo cada como con contra cual cuando de del desde "
        "donde dos el ella ellos en entre era es esa ese eso esta este esto fue fueron ha hacia "
        "han hasta hay la las le les lo los mas me mientras muy ni no nos o otra otro otros para "
        "pero poco por porque que quien se segun ser si sido sin sobre solo son su sus tambien "
        "tan tras tiene un una unas uno unos ya y e muchas muchos todo todos todas"
    ),
    "fr": (
        "a afin ainsi alors apres au aucun aussi autre autres aux avant avec avoir car ce cela "
        "ces cet cette chez comme contre d dans de depuis des deux dont du elle elles en encore "
        "entre est et etait etre eu fait il ils j je jusqu l la le les leur leurs lors lui m mais "
        "mal meme moins n ne ni non nos notre nous on ont ou par parmi pas pendant peu peut plus "
        "plusieurs pour puis qu que quel quelle qui quoi s sa sans se selon ses si son sont sous "
        "sur t tous tout toute toutes tres un une vers vos votre vous y"
    ),
    "pt": (
        "a ao aos apos as ate cada com como contra da das de dela dele depois do dos e ela ele "
        "eles em entre era essa esse esta este foi foram ha isso ja la mais mas me menos mesmo "
        "muito na nao nas nem no nos o onde os ou para pela pelas pelo pelos por porque quando "
        "que quem sao se sem ser seu seus so sobre sua suas tambem tem ter todos um uma umas uns "
        "voce"
    ),
    "it": (
        "a ad ai al alla alle anche ancora che chi ci come con contro cui da dal dalla dei del "
        "della delle dello degli di dopo e ed era fra gli ha hanno i il in la le lo ma mentre nel "
        "nella nelle non o ogni per piu po poi prima quando quello questa questo se senza si sono "
        "su sua sugli sui sul sulla suo tra tutti un una uno verso"
    ),
    "nl": (
        "aan al alle als ander bij daar dan dat de den der deze die dit door dus een en er geen "
        "had heb hebben heeft het hij hoe hun iets ik in is ja je kan maar meer men met mijn moet "
        "na naar niet nog nu of om onder ook op over hem te tegen toch toen tot uit van veel voor "
        "want waren was wat we weer wel werd werden wie wil worden wordt zal ze zei zich zij zijn "
        "zo zonder"
    ),
    "sv": (
        "att av av bara bli blir de dem den denna det detta dig din du dar efter ej eller en ett "
        "for fran ha hade han har henne hon hur i icke inte ja jag kan man med men mot mycket nar "
        "nu och om pa sa samt sig sin sina ska som till under upp ut utan vad var vi vid over ar "
        "ur"
    ),
    "da": (
        "af alle at blev bliver da de dem den denne der det dig din du efter eller en end er et "
        "for fra ham han har havde hende hos hun hvad hvis hvor i ikke ind jeg kan man med men "
        "mod ned nu og om op over pa sa sig sin skal som til ud under var ved vil"
    ),
    "pl": (
        "a aby albo ale bardzo bez bo by byc byl byla co czy dla do gdy gdzie i ich ile im ja jak "
        "jako jego jej jest juz kiedy kto ktora ktore ktory lub ma mi mnie moze my na nad nie niz "
        "o od oraz po pod przed przez przy sa sie ta tak takze tam te tego tej ten to tu tylko u "
        "w we wiec z za ze"
    ),
    "tr": (
        "acaba ama ancak bazi belki ben bir biri biz bu bunu cok cunku da daha de defa diye en "
        "gibi hem hep her hic icin ile ise iki kadar ki kim mi mu nasil ne neden nerede o olan "
        "olarak oldu olmadi sonra su sey siz tum ve veya ya yani yeni uzere"
    ),
    "ru": (
        "a bez bolee by byl byla byli bylo byt v vam vas vo vot vse vsego vseh vy gde da dazhe "
        "dlya do ego ee esli est eshche zhe za i iz ili im ih k kak kogda kto li mezhdu mne my na "
        "nad nam nas ne nego nee net ni nih no o ob odin on ona oni ono ot po pod pri pro s so "
        "svoi svoyu sebya tak takzhe tam te tem to togo tozhe tolko tot tut ty u uzhe hotya chego "
        "chem cherez chto chtoby eta eti eto etogo etot ya okolo"
    ),
    "id": (
        "ada adalah akan atau bagi bahwa bisa dalam dan dapat dari dengan di dia hanya ia ini itu "
        "juga kami karena ke kepada kita lagi lebih maka mereka oleh pada para saat sangat saya "
        "sebagai sebuah secara sudah telah tidak untuk yang"
    ),
}
"""Small words per language: they carry no news, and tell which language a text is in."""

COMMON = {
    "en": (
        "according accused add added affected age ago agree agreed agreement aim allow amount "
        "annual announce announced announcement answer appeal appear approve april area arrest "
        "arrested ask asked attack august authority authorities autumn available average ban "
        "based beat become began begin begun best better big bigger biggest bill billion board "
        "body book boss brand break bring broke brought build building built business buy call "
        "called came campaign care case cause caused central century chance change charge cheap "
        "chief child children choose city claim class clear close closed closing club coach coast "
        "code cold come comes coming comment company concern consumer contract control cost costs "
        "country couple course court cover create crew cup current customer cut daily damage data "
        "date daughter day dead deal death debate december decide decided decision decline "
        "defence defend delay demand department design detail develop die died different "
        "difficult director discover discovered discuss doctor dollar double draw drive driver "
        "drop early east eastern easy economy education effect effort eight election eleven "
        "employee end ended energy engineer enter euro europe evening event examine executive "
        "expect expected expert explain face fail failed fall family famous fan far farm fast "
        "father fear february feel fell felt fifth fight figure file film final find firm first "
        "five flight follow following food force forced foreign form former forward found four "
        "fourth free friday friend front fuel full fund future gain game gave general get give "
        "given global go goal goes going good government great group grow growing growth guard "
        "guide half hall hand happen hard head headline health hear heavy held help high higher "
        "highest history hit hold home hope hospital host hot hotel hour house huge human hundred "
        "hundreds hurt idea impact important improve include increase industry information "
        "injured inside insider international interview invest investor investigation issue item "
        "january job join judge july june keep key kill killed know known lack large largest last "
        "late later latest launch law lawyer lead leader leading learn least leave leaves left "
        "legal letter level life light limit line link list little live local long longer look "
        "lose lost lot low lower machine made main major make maker makes making man manager "
        "march mark market match matter mayor mean means measure media medical meet meeting "
        "member men message method metre middle midnight mile military million mind minister "
        "minute miss missing model monday money month morning mother move music name named "
        "national nature need network new news next night nine north northern note november "
        "number october offer office officer official oil old open opened opening operator "
        "opinion order owner page paid parent park part party pass past pay people percent "
        "performance person phone photo pick picture place plan plane plant play player point "
        "points police policy poor popular position possible post power prepare present president "
        "press price private prize problem process product programme program project promise "
        "property protect protest public publish put quarter question quick race raise ran rate "
        "reach reached read reader ready real reason receive recent record red reduce region "
        "release remain report reported reporter require rescue research researcher resident "
        "respond response rest result return reveal review right rise rising risk river road role "
        "room round rule run running safe safety said sale sales saturday save say says scheme "
        "school scientist screen sea search season seat second secret security see seek seen sell "
        "send senior september series serious serve server service session set seven share shares "
        "shop short show shown side sign signed six size small software sold son south southern "
        "space speak special speed spend spokesman spring staff stage stand star start started "
        "state station stay step stock stop storm story street strong student study success "
        "suffer summer sunday supply support suspect system table take taken talk talks target "
        "tax team tech technology tell ten term test thank thing think third thousand thousands "
        "three thursday ticket time times title today together told tomorrow tool top total tour "
        "town track trade traffic train travel treat trial tried trip try tuesday turn twelve "
        "twenty two type understand union unit update use used user value version victim video "
        "view village visit visitor vote wait walk want war warn warned warning watch water way "
        "weak weather website wednesday week weekend weekly west western white wide wife win "
        "winner winter woman women won word work worker working world worry worse worst worth "
        "write written year yesterday young zone hundredfold cent cents per spokesperson "
        "statement source sources latest exclusive analysis breaking explained everything tips "
        "ways things facts week's today's beats gets says could here's what's"
    ),
    "de": (
        "abend aktuell angebot anfang arbeit april august ausland bekannt beginn bericht "
        "berichtet besser betrieb chef dauern deutschland dezember dienstag donnerstag drei ende "
        "erste ersten euro familie februar firma fordern fragen frauen freitag freund fruh funf "
        "geben gehen geld gemeinde geschichte gesetz gestern gewinnen gewinnt gross grosse "
        "grosser gut halten hause haus heute hoch hoher jahr jahre jahren januar juli jung juni "
        "kinder klar klein kommen kommt konzern kosten kostet kunden land lange leben leitet "
        "letzte leute machen macht mai mann manner marz meister menschen millionen milliarden "
        "minister mittag mittwoch modell monat montag morgen nacht nahe neu neue neuen neuer "
        "neues november oktober opfer partei platz plan polizei projekt prozent punkte rathaus "
        "regierung sagt sagte samstag schon schule seite september sonntag spiel staat stadt "
        "start stehen steht stellt stunden tag tage tagen teil teilt trainer uhr unternehmen "
        "verein verlieren verletzt vertrag vier wasser welt werk wirtschaft woche wochen zahl "
        "zeigt zeit ziel zwei zukunft meldung grund kritik hilfe dritte zweite"
    ),
    "es": (
        "abril acuerdo agosto agua alto ano anos anuncia ayer bueno calle casa caso centro ciudad "
        "cuatro dia dias diciembre dice dijo domingo durante empresa enero espera estado este "
        "euros febrero fin firma gente gobierno gran grande grupo hace hora horas hoy hombre "
        "jueves julio junio lunes lugar manana martes marzo mayo medio mejor mes meses miercoles "
        "mil millones ministro momento mujer mujeres mundo nacional noche noviembre nueva nuevo "
        "octubre pais parte partido personas plan poder policia precio presidente primer primera "
        "primero puede quiere recibe sabado semana septiembre servicio tarde tiempo trabajo tres "
        "vida viernes millon ministerio"
    ),
    "fr": (
        "accord aout an ans annonce annee annees aujourd avril bon cause chef cinq debut decembre "
        "demain dernier dimanche dire entreprise etat etats face femme femmes fevrier fin france "
        "francais francaise gouvernement grand grande groupe hausse heure heures hier homme "
        "hommes janvier jeudi jour jours juillet juin lundi mai mardi mars matin meilleur "
        "mercredi milliard milliards million millions ministre mois monde nombre nouveau nouveaux "
        "nouvel nouvelle novembre nuit octobre pays personnes plan point police premier premiere "
        "president prix projet promet quatre samedi seul semaine septembre service six soir temps "
        "trois usage vendredi vie ville"
    ),
    "pt": (
        "abril acordo agora agosto agua ano anos anuncia brasil casa caso centro cidade contra "
        "dez dezembro dia dias disse domingo dois empresa estado euros fevereiro fim governo "
        "grande grupo hoje homem horas janeiro julho junho maio maior manha marco mercado mes "
        "meses mil milhao milhoes ministro mulher mulheres mundo noite nova novas novembro novo "
        "novos outubro pais parte partido pessoas policia preco presidente primeira primeiro "
        "quarta quinta sabado segunda semana setembro sexta terca tempo trabalho tres vida "
        "prefeito prefeita"
    ),
    "it": (
        "accordo agosto anni anno aprile azienda casa caso citta contro dicembre dieci domani "
        "domenica due febbraio fine gennaio gente gia giorni giorno giovane giovedi giugno "
        "governo grande gruppo ieri italia lavoro luglio lunedi maggio martedi marzo meglio "
        "mercoledi mese mesi mila milione milioni ministro mondo notte novembre nuova nuovi nuovo "
        "oggi ora ore ottobre paese parte persone piano polizia presidente prima primo prezzo "
        "sabato sera settembre settimana stato tempo tre uomo venerdi vita"
    ),
    "nl": (
        "april augustus bedrijf dag dagen december dinsdag donderdag drie eerste euro februari "
        "gemeente goed groot grote jaar januari juli juni kabinet komt laatste land maand maandag "
        "maart man mei mensen miljard miljoen minister minuten morgen nacht nieuw nieuwe november "
        "oktober politie procent september stad twee uur vandaag vier vijf vrijdag vrouw water "
        "week weken werk wereld woensdag zaterdag zegt zondag zes"
    ),
    "sv": (
        "ar arbete april augusti dag dagar december fem fler forsta februari fredag fyra idag "
        "igar januari juli juni kronor kvinnor land lordag maj man manad mars miljoner ministern "
        "mandag natt november ny nya nytt oktober onsdag procent sager september stad stor stora "
        "sondag tisdag tid torsdag tre tva uppger vecka vatten varld"
    ),
    "tr": (
        "agustos aksam aralik baskan baskani bin bugun carsamba cumartesi cuma dun ekim eylul "
        "gece gelecek gun haber haziran ilk kasim kisi mart mayis milyar milyon nisan ocak pazar "
        "pazartesi persembe polis sabah sali saat son subat temmuz turkiye turk uzerinde yeni yil "
        "yuzde yilda acikladi aciklandi"
    ),
    "ru": (
        "avgust avgusta aprel aprelya voskresene voskresenya vremya vtornik vtornika god goda "
        "godu gorod goroda gody dekabr dekabrya den dnya dnei dva zhitel zhiteli zhitelei zayavil "
        "iyul iyulya iyun iyunya kompaniya kompanii leta let lyudi lyudei mai maya mart marta "
        "mesyats mesyatsa million millionov ministr mir mira nachalos nedeli noch noyabr noyabrya "
        "novyi novoi novaya oktyabr oktyabrya pervye pervyi ponedelnik ponedelnika pyatnitsa "
        "pyatnitsy rossii rossiya sentyabr sentyabrya soobshchil sreda sredu strana strany "
        "subbota subbotu sutki tri tysyach utrom fevral fevralya chas chasa chelovek chetverg "
        "chetverga yanvar yanvarya"
    ),
}
"""Words of the newsroom per language: met in many reports, of whatever event."""

SMALL_NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "two zwei deux dos dois due twee tva dve dva iki",
            "three drei trois tres tre drie tri uc",
            "four vier quatre cuatro quatro quattro fyra chetyre dort",
            "five funf cinq cinco cinque vijf fem pyat bes",
            "six sechs seis sei zes sex shest alti",
            "seven sieben sept siete sete sette zeven sju sem yedi",
            "eight acht huit ocho oito otto atta vosem sekiz",
            "nine neun neuf nueve nove negen nio devyat dokuz",
            "ten zehn diez dez dieci tien tio desyat",
            "eleven elf onze once undici elva",
            "twelve zwolf douze doce doze dodici twaalf tolv",
        ),
        start=2,
    )
    for word in words.split()
}
"""Numbers that are written as words, to what they say."""
