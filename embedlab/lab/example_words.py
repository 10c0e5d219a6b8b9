"""Words, pairs and axes by theme, from which the examples of a run are chosen: English, German, French and Spanish."""

THEMES: dict[str, dict[str, tuple[str, ...]]] = {}
RELATIONS: dict[str, dict[str, tuple[tuple[str, str], ...]]] = {}
# Name -> (pairs from the low to the high end, the theme whose words are placed).
AXES: dict[str, dict[str, tuple[tuple[tuple[str, str], ...], str]]] = {}


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    found = [part.split("-") for part in text.split()]
    return tuple((a, b) for a, b in found)


THEMES["english"] = {
    "food": _words("bread cheese butter rice meat fruit soup wine milk sugar fish coffee salt flour beef"),
    "sport": _words("football tennis cricket hockey team coach goal match player league championship season rugby"),
    "family": _words("mother father sister brother daughter son wife husband child aunt uncle cousin parents"),
    "countries": _words("france germany italy spain china japan india russia england australia canada egypt greece"),
    "cities": _words("paris london berlin rome madrid moscow tokyo vienna athens sydney chicago boston melbourne"),
    "professions": _words(
        "doctor lawyer teacher engineer nurse scientist writer painter soldier farmer professor judge"
    ),
    "music": _words("guitar piano album song band concert jazz opera singer orchestra violin composer drums"),
    "body": _words("heart brain skin blood bone lung liver muscle eye hand arm leg head stomach"),
    "money": _words("bank loan dollar tax price market debt investment profit shares stock income rates"),
    "war": _words("army soldiers troops battle weapons bomb military attack enemy war forces navy"),
    "politics": _words("election parliament minister president senate party vote government democracy opposition"),
    "nature": _words("river mountain forest lake sea island desert valley ocean coast rain snow"),
    "animals": _words("dog cat horse cow bird lion wolf elephant rabbit mouse snake bear sheep"),
    "science": _words("physics chemistry biology atom electron energy molecule theory experiment laboratory carbon"),
    "religion": _words("god church bible jesus prayer priest islam temple faith christian bishop holy"),
    "computers": _words("computer software internet windows memory network data program user server keyboard"),
    "law": _words("court judge trial jury prison crime police murder lawyer evidence sentence"),
    "colours": _words("red blue green yellow black white brown purple orange pink grey"),
}
RELATIONS["english"] = {
    "capital": _pairs(
        "france-paris germany-berlin italy-rome spain-madrid japan-tokyo russia-moscow england-london greece-athens "
        "china-beijing austria-vienna egypt-cairo iraq-baghdad afghanistan-kabul"
    ),
    "man and woman": _pairs("man-woman king-queen brother-sister father-mother son-daughter he-she boy-girl his-her"),
    "people": _pairs(
        "france-french germany-german italy-italian spain-spanish japan-japanese russia-russian china-chinese"
    ),
    "degree": _pairs("good-better big-bigger large-larger small-smaller high-higher old-older strong-stronger"),
    "plural": _pairs("car-cars city-cities country-countries child-children year-years man-men student-students"),
    "past": _pairs("go-went take-took say-said make-made see-saw come-came play-played"),
}
AXES["english"] = {
    "men and women": (_pairs("he-she man-woman his-her father-mother king-queen"), "professions"),
    "small to large": (_pairs("small-large little-big tiny-huge"), "animals"),
    "cold to hot": (_pairs("cold-hot cool-warm winter-summer"), "nature"),
    "poor to rich": (_pairs("poor-rich poverty-wealth cheap-expensive"), "countries"),
    "war to peace": (_pairs("war-peace attack-talks"), "politics"),
    "country to town": (_pairs("village-city rural-urban"), "nature"),
}
THEMES["german"] = {
    "essen": _words("brot käse butter reis fleisch obst suppe wein milch zucker fisch kaffee salz"),
    "sport": _words("fußball tennis mannschaft trainer tor spiel spieler liga meisterschaft saison"),
    "familie": _words("mutter vater schwester bruder tochter sohn frau mann kind tante onkel eltern"),
    "länder": _words("frankreich deutschland italien spanien china japan russland england österreich griechenland"),
    "städte": _words("paris london berlin rom madrid moskau wien athen hamburg münchen köln"),
    "berufe": _words("arzt lehrer ingenieur schriftsteller maler soldat bauer professor richter pfarrer"),
    "musik": _words("gitarre klavier lied konzert oper sänger orchester geige komponist album"),
    "körper": _words("herz gehirn haut blut knochen lunge muskel auge hand arm bein kopf"),
    "geld": _words("bank kredit euro steuer preis markt schulden gewinn aktien einkommen"),
    "natur": _words("fluss berg wald see meer insel wüste tal küste regen schnee"),
    "politik": _words("wahl parlament minister präsident partei regierung kanzler bundestag demokratie"),
}
RELATIONS["german"] = {
    "hauptstadt": _pairs(
        "frankreich-paris deutschland-berlin italien-rom spanien-madrid russland-moskau österreich-wien"
    ),
    "mann und frau": _pairs("mann-frau könig-königin bruder-schwester vater-mutter sohn-tochter er-sie"),
}
AXES["german"] = {
    "männer und frauen": (_pairs("er-sie mann-frau vater-mutter könig-königin"), "berufe"),
    "klein bis groß": (_pairs("klein-groß wenig-viel"), "natur"),
}
THEMES["french"] = {
    "cuisine": _words("pain fromage beurre riz viande fruit soupe vin lait sucre poisson café sel"),
    "sport": _words("football tennis équipe entraîneur but match joueur ligue championnat saison"),
    "famille": _words("mère père soeur sœur frère fille fils femme mari enfant tante oncle parents"),
    "pays": _words("france allemagne italie espagne chine japon russie angleterre grèce égypte"),
    "villes": _words("paris londres berlin rome madrid moscou vienne athènes lyon marseille"),
    "métiers": _words("médecin avocat professeur ingénieur écrivain peintre soldat juge prêtre"),
    "musique": _words("guitare piano chanson concert opéra chanteur orchestre violon compositeur album"),
    "corps": _words("coeur cœur cerveau peau sang os poumon muscle oeil œil main bras jambe tête"),
    "argent": _words("banque crédit euro impôt prix marché dette profit actions revenu"),
    "nature": _words("rivière montagne forêt lac mer île désert vallée côte pluie neige"),
}
RELATIONS["french"] = {
    "capitale": _pairs("france-paris allemagne-berlin italie-rome espagne-madrid russie-moscou grèce-athènes"),
    "homme et femme": _pairs("homme-femme roi-reine frère-sœur père-mère fils-fille il-elle"),
}
AXES["french"] = {"hommes et femmes": (_pairs("il-elle homme-femme père-mère roi-reine"), "métiers")}
THEMES["spanish"] = {
    "comida": _words("pan queso mantequilla arroz carne fruta sopa vino leche azúcar pescado café sal"),
    "deporte": _words("fútbol tenis equipo entrenador gol partido jugador liga campeonato temporada"),
    "familia": _words("madre padre hermana hermano hija hijo esposa marido niño tía tío padres"),
    "países": _words("francia alemania italia españa china japón rusia inglaterra grecia egipto méxico argentina"),
    "ciudades": _words("parís londres berlín roma madrid moscú viena atenas barcelona sevilla"),
    "oficios": _words("médico abogado profesor ingeniero escritor pintor soldado juez sacerdote"),
    "música": _words("guitarra piano canción concierto ópera cantante orquesta violín compositor álbum"),
    "cuerpo": _words("corazón cerebro piel sangre hueso pulmón músculo ojo mano brazo pierna cabeza"),
    "dinero": _words("banco crédito euro impuesto precio mercado deuda beneficio acciones ingresos"),
    "naturaleza": _words("río montaña bosque lago mar isla desierto valle costa lluvia nieve"),
}
RELATIONS["spanish"] = {
    "capital": _pairs("francia-parís alemania-berlín italia-roma españa-madrid rusia-moscú grecia-atenas"),
    "hombre y mujer": _pairs("hombre-mujer rey-reina hermano-hermana padre-madre hijo-hija él-ella"),
}
AXES["spanish"] = {"hombres y mujeres": (_pairs("él-ella hombre-mujer padre-madre rey-reina"), "oficios")}
