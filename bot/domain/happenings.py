"""Words that tell what kind of thing happened, and on which day, in several languages.

Folded as `bot.domain.terms` folds: small letters without accents, Cyrillic written in Latin.
"""

from __future__ import annotations

KINDS = {
    "quake": (
        "earthquake quake tremor aftershock erdbeben beben seisme sismo terremoto temblor "
        "zemletryasenie deprem gempa aardbeving jordskalv"
    ),
    "flood": (
        "flood flooding inundation deluge hochwasser uberschwemmung uberflutung inondation crue "
        "inundacion inundacao enchente alluvione pavodok navodnenie sel banjir overstroming "
        "outburst"
    ),
    "fire": (
        "wildfire blaze fire flame inferno waldbrand brand feuer incendie incendio pozhar yangin "
        "kebakaran bosbrand firefighter feuerwehr bombero pompier"
    ),
    "blast": (
        "explosion blast detonation explosive explode exploded explosione explosao vzryv patlama "
        "ledakan ontploffing"
    ),
    "storm": (
        "hurricane typhoon cyclone tornado orkan ouragan huracan furacao uragan taifun kasirga"
    ),
    "quit": (
        "resign resigned resignation quit ouster step-down rucktritt demission dimission renuncia "
        "renuncio dimite demissao otstavka istifa aftreden"
    ),
    "fired": (
        "sack sacked fired dismiss dismissed dismissal ousted axed entlassen entlasst limoge "
        "despedido destituido demitido esonerato uvolen ontslagen"
    ),
    "buy": (
        "acquire acquires acquired acquisition takeover buyout merger ubernahme ubernimmt kauft "
        "rachat rachete rachat adquiere compra adquisicion acquisto acquista comprar aquisicao "
        "overname"
    ),
    "verdict": (
        "jail jailed sentenced convicted guilty prison imprisoned haft gefangnis verurteilt "
        "condamne prison carcel condenado condannato prisao cel veroordeeld hapis"
    ),
    "strike": (
        "strike strikers walkout streik streiken greve greviste huelga sciopero zabastovka grev "
        "staking staakt"
    ),
    "protest": (
        "protest protester demonstration demonstrator rally kundgebung manifestation "
        "manifestacion manifestacao manifestazione protesto protesta demonstratie miting"
    ),
    "election": (
        "elected election elect ballot poll wahl gewahlt wahlen scrutin election elecciones "
        "elegido elegida eleito eleita eleicao eletto elezioni vybory verkiezing gekozen secim"
    ),
    "recall": (
        "recall recalled recalling ruckruf rappel retirada recolhimento richiamo otzyv terugroep "
        "geri-cagirma"
    ),
    "breach": (
        "hack hacked hacker breach leak leaked stolen-data datenleck datendiebstahl piratage "
        "hackeo filtracion vazamento"
    ),
    "theft": (
        "theft thieves thief stolen steal stole burglary robbery robber heist diebstahl gestohlen "
        "kunstraub raub vol voleur robo roubo furto kunstroof gestolen dieven krazha hirsizlik"
    ),
    "layoff": (
        "layoff layoffs redundancies redundancy stellenabbau entlassungen licenciement despidos "
        "demissoes licenziamenti job-cut sokrashchenie"
    ),
    "insolvent": (
        "insolvent insolvency bankrupt bankruptcy collapse pleite insolvenz faillite quiebra "
        "concurso falencia fallimento bankrotstvo iflas failliet grounded grounds"
    ),
    "outage": "outage blackout downtime ausfall stromausfall panne apagon apagao blecaute storing",
    "unveil": (
        "unveil unveiled launch launches launched introduces introduced presents presented "
        "vorgestellt prasentiert devoile presenta lancia lanca apresenta zeigt lanza predstavil "
        "tanitti onthult released releases release"
    ),
    "crash": (
        "crash crashed derail derailed derailment collision collided entgleist unfall "
        "deraillement accident accidente acidente incidente krusheniye avariya kaza ongeluk wreck "
        "wrecked rails"
    ),
    "ashore": "aground grounding shipwreck capsized sinks sank sunk gesunken naufrage naufragio",
    "evacuate": (
        "evacuate evacuated evacuation flee fled evakuieren evakuiert evakuierung evacue "
        "evacuation evacuacion evacuado evacuacao evakuatsiya evakuiruyut tahliye bosaltildi "
        "geevacueerd"
    ),
    "deaths": (
        "dead died dies die killed kills death toll fatalities gestorben tote toter todesopfer "
        "stirbt morts mort deces muere muertos murio morre morreu mortos muore morti pogib "
        "pogibli umer olu oldu meninggal tewas overleden doden mourn mourns"
    ),
    "wins": (
        "win wins won winner victory victorious beat beats beaten triumph sieg siegt gewinnt "
        "gewann sieger victoire gagne gana gano victoria conquista vence venceu vitoria vince "
        "vittoria pobeda pobedil kazandi galibiyet wint winst champion title crown meister "
        "campeon campeao"
    ),
    "prize": (
        "prize award medal oscar nobel preis auszeichnung prix premio premios nagrada nagradu "
        "odul prijs"
    ),
    "signing": (
        "sign signs signed signing transfer loan verpflichtet wechselt transfert fichaje ficha "
        "emprestimo contratacao ingaggio"
    ),
    "ratecut": "interest rate rates leitzins zins taux tipos juros tassi stavka faiz rente",
    "raise": (
        "raises raised raising funding round investors finanzierung runde levee leve capta ronda "
        "rodada raccoglie"
    ),
    "vaccine": (
        "vaccine jab vaccination impfstoff impfung vaccin vacuna vacina vaccino vaktsina asi"
    ),
    "found": (
        "found discovered discovery unearthed find finds entdeckt gefunden decouvert decouverte "
        "hallan hallazgo descubren descoberto descoberta scoperto scoperta naiden nashli bulundu "
        "ontdekt"
    ),
    "court": (
        "court judge judges justices ruling ruled tribunal gericht richter urteil juge juez "
        "sentencia juiz giudice sud mahkeme rechtbank rechter"
    ),
    "opening": (
        "opens opened inaugurated inauguration eroffnet eroffnung inaugure inauguracion inaugura "
        "otkryli otkrytie acildi geopend invigd"
    ),
    "ban": (
        "ban banned bans banning verbot verboten sperre gesperrt interdit interdiction prohibe "
        "prohibicion proibe proibicao divieto zapret yasak verbod suspended suspension"
    ),
    "rescue": (
        "rescue rescued rescuers rescuer saved gerettet rettung sauve sauvetage rescatados "
        "rescate resgatados resgate salvati spasli spasatel kurtarildi gered"
    ),
}
"""What kind of happening a word names; words of one kind count as the same word."""

WEEKDAYS = (
    "monday montag lundi lunes segunda lunedi maandag mandag ponedelnik poniedzialek "
    "pazartesi senin",
    "tuesday dienstag mardi martes terca martedi dinsdag tisdag tirsdag vtornik wtorek sali selasa",
    "wednesday mittwoch mercredi miercoles quarta mercoledi woensdag onsdag sreda sredu sroda "
    "carsamba rabu",
    "thursday donnerstag jeudi jueves quinta giovedi donderdag torsdag chetverg czwartek "
    "persembe kamis",
    "friday freitag vendredi viernes sexta venerdi vrijdag fredag pyatnitsa pyatnitsu piatek "
    "cuma jumat",
    "saturday samstag sonnabend samedi sabado sabato zaterdag lordag subbota subbotu sobota "
    "cumartesi sabtu",
    "sunday sonntag dimanche domingo domenica zondag sondag voskresene niedziela pazar minggu",
)
"""The days of the week from Monday on, in several languages."""

TODAY = "today heute aujourd hoy hoje oggi vandaag idag segodnya bugun tonight"
YESTERDAY = "yesterday gestern hier ayer ontem ieri gisteren igar vchera dun"
