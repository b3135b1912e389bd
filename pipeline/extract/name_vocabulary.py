"""The words that tell persons, institutions, roles and page furniture apart in bylines; all folded."""

from __future__ import annotations

from functools import cache

from babel import Locale

from pipeline.text import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _names(text: str) -> frozenset[str]:
    return frozenset(" ".join(name.split()) for name in text.split(","))


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in text.split(","))


#: Academic, military, diplomatic and courtesy titles, which stand before a name; phrases of up to three words.
TITLES = _phrases(
    """
    prof, profesor, professor, ord, ordinaryus, doc, docent, dr, doktor, doctor, yrd, yard, yardimci, ars, gor,
    ogr, uzm, uz, av, avukat, muh, y muh, mimar, arastirma gorevlisi, ogretim uyesi, ogretim gorevlisi, ogr
    uyesi, ogr gor, uyesi, assoc, associate professor, assistant professor, asst, sayin, sn, mr, mrs, ms, miss,
    sir, dame, hon, rev, emekli, em, e, eski, former, ret, retired, buyukelci, buyuk elci, elci, ambassador,
    amb, konsolos, baskonsolos, general, gen, org, orgeneral, korg, korgeneral, tumg, tumgeneral, tugg,
    tuggeneral, amiral, admiral, adm, oramiral, koramiral, tumamiral, tugamiral, albay, alb, yarbay, yb,
    binbasi, bnb, yuzbasi, ustegmen, kurmay, kur, plt, sen, rep, gov, maj, major, col, colonel, lt, ltc,
    lieutenant, capt, captain, brig, brigadier, cdr, commander, milletvekili, bakan, minister, senator, rektor,
    dekan, д-р, проф, профессор, доктор, доцент, академик, генерал, akademik
    """
)
#: Degrees and suffixes after a name; short ones count only in capitals (Jack Ma is no master of arts).
DEGREES = _words(
    """
    phd ph.d dphil md m.d msc m.sc ma m.a ba b.a bsc mba llm ll.m jd j.d esq edd rn pe ret (ret) e.
    """
)
#: Parts of a name that may be in small letters.
PARTICLES = _words(
    """
    de da das do dos du del della di la le van von der den ter ten bin bint ibn ben al el ul ur as ad zu zum af
    y e und oglu
    """
)
SUFFIXES = _words(
    """
    jr sr ii iii iv
    """
)
#: What begins a credit. Longest first wins; "by" and verbs need no colon, nouns do.
AUTHOR_LABELS = _phrases(
    """
    by, written by, words by, story by, posted by, published by, report by, reporting by, reported by, analysis
    by, interview by, text by, prepared by, article by, commentary by, opinion by, authored by, submitted by,
    contributed by, interviewed by, roportaji yapan, soylesi yapan, soylesiyi yapan, mulakati yapan, gorusen,
    view all posts by, all posts by, posts by, more by, yazan, yazanlar, hazirlayan,
    hazirlayanlar, derleyen, derleyenler, kaleme alan, roportaj yapan, aktaran, автор, авторы, текст, muellif,
    muellifler, yazdi, gonderen, ekleyen, yayinlayan, paylasan
    """
)
#: Of these, what stands under a text too; "By …" there belongs to a teaser of another article.
CLOSING_LABELS = _phrases("written by, yazan, yazar, yazari, kaleme alan, hazirlayan, author, автор, muellif")
AUTHOR_NOUNS = _phrases(
    """
    yazar, yazari, yazarlar, yazarlari, yazarin adi, yazi, haber, roportaj, soylesi, analiz, makale, rapor,
    author, authors, writer, writers, text, words, report, story, muhabir, reporter, correspondent, muellifi, interview,
    interviewer, mulakat
    """
)
#: Credits of people who did not write the text.
OTHER_LABELS = _phrases(
    """
    translated by, translation by, edited by, editing by, photo by, photos by, photography by, photograph by,
    image by, video by, illustration by, illustrated by, graphics by, reviewed by, ceviren, cevirenler, tercume
    eden, derleyen editor, fotograflar, перевод
    """
)
OTHER_NOUNS = _phrases(
    """
    ceviri, tercume, translator, translation, foto, fotograf, fotograflar, photo, photos, photograph,
    photographs, image, images, gorsel, gorseller, grafik, graphic, graphics, video, kamera, camera,
    illustration, copyright, credit, image credit, photo credit, yayina hazirlayan, tashih, producer, yapimci,
    host, sunucu, guest, konuk, moderator, konusmaci, speaker, speakers, фото
    """
)
#: Where a text comes from and who saw it through: an institution named so signs it, a person does not.
SOURCE_NOUNS = _phrases(
    """
    kaynak, source, sources, editor, editorler, editors, editoru, redaktor, редактор, источник, menbe
    """
)
#: An organisation's name has one of these.
ORGANISATION_WORDS = _words(
    """
    merkezi merkez enstitusu enstitu vakfi vakif dernegi dernek ajansi ajans universitesi university universite
    gazetesi gazete dergisi dergi haber haberleri haberler masasi birimi ekibi servisi kurulu kurumu konseyi
    komitesi komisyonu birligi platformu akademisi bakanligi baskanligi mudurlugu sekreterligi burosu yayinlari
    yayinevi toplulugu grubu federasyonu partisi odasi meclisi think-tank thinktank center centre institute
    institution foundation council news newsroom staff desk team agency press corporation group journal times
    magazine media medya tv radio bureau office association society union academy ministry board committee
    network project initiative fund bank department forum program programme faculty school college library club
    company editorial redaksiyon redaksiya редакция центр институт фонд агентство университет merkezinin
    institutu fondu agentliyi universiteti cemiyyeti observatory consortium alliance league service services
    weekly daily tribune gazette herald telegraph observer inc llc ltd gmbh editorden arastirmalari studies
    stiftung verein zentrum direktorlugu koordinatorlugu dairesi subesi endowment quarterly review forumu institut
    instituto istituto совет
    """
)
#: Desks that sign as a role: "Editör", "Kafkassam Editör".
DESKS = _words(
    """
    editor editoru editorler editors editorial redaksiyon redaksiya redaktor redaktoru редакция editorden masa
    """
)
#: Organisations whose names would pass for a person's or for nothing.
KNOWN_ORGANISATIONS = _names(
    """
    aa, ap, afp, iha, dha, anka, upi, tass, reuters, bloomberg, bbc, cnn, trt, ntv, voa, dw, rfe/rl, rfe, dpa,
    interfax, sputnik, ria novosti, xinhua, anadolu ajansi, associated press, agence france-presse, agence france
    presse, deutsche welle, voice of america, al jazeera, euronews, haberturk, cnn turk, bbc turkce, trt haber, trt
    world, ntv.com.tr, azertac, apa, armenpress, azatutyun, eurasianet, seta, rand, chatham house, carnegie europe,
    carnegie endowment, human rights watch, amnesty international, getty images, the economist, the guardian, daily
    sabah, yeni safak, hurriyet, milliyet, cumhuriyet, radio free europe, radio liberty, radio free europe/radio
    liberty, pa media, pa, kafkassam, tasam, orsam, bilgesam, avim, tepav, edam, usak, sde, iram, insamer, bbc news,
    the conversation, atlantic council, yazi isleri, bruegel, clingendael
    """
)
#: What a person does; alone it is nobody, beside a name it is an affiliation.
ROLE_WORDS = _words(
    """
    yazar yazari yazarlari uzman uzmani uzmanlari analist analisti arastirmaci arastirmacisi muhabir muhabiri
    gazeteci baskan baskani baskanvekili mudur muduru direktor direktoru koordinator koordinatoru danisman
    danismani uye uyesi kurucu kurucusu ogrenci ogrencisi akademisyen tarihci siyasetci diplomat stajyer
    stajyeri asistan asistani sorumlusu temsilcisi sekreteri editoru yonetmeni yonetmen bolumu anabilim dali
    lisans doktora adayi uzmanlik genel yardimcisi writer journalist reporter correspondent columnist
    contributor analyst researcher fellow director chief chairman chairwoman chair president vice deputy senior
    junior assistant associate coordinator expert specialist scholar adviser advisor consultant lecturer
    professor emeritus manager head founder co-founder member intern student author editor editor-in-chief
    freelance contributing visiting nonresident non-resident resident special guest photographer producer
    commentator historian strategist lead executive program policy research economist economics candidate lawyer
    attorney minister secretary ceo partner аналитик эксперт журналист корреспондент директор руководитель
    сотрудник tedqiqatci ekspert jurnalist muxbir
    """
)
#: Of these, what an institution may be for: Foreign Policy Research Institute.
SUBJECTS = _words(
    """
    policy research economics
    """
)
#: In capitals, but nobody's signature.
ACRONYMS = _words(
    """
    uk usa us abd ab ab'nin eu un bm nato am pm utc gmt est tv pdf rss faq html jpg png tsi ii iii iv vi vii
    viii ix
    """
)
#: Small words that only sentences have, though they are in the lists of what no name has.
VERBS = _words("is are was were has have had will would can said dedi degil var this that these they it we you not")
#: Common as names and as nouns (Barış, Küçük, Theresa May): a phrase of nothing else is no name.
AMBIGUOUS_WORDS = _words(
    """
    savas baris dogu bati kuzey guney ozel kucuk buyuk genel orta turk kurt rus ocak nisan eylul ekim temmuz
    kasim haziran aralik mart subat pazar kaynak kose dunya tarih bilim may april june august march west north
    east south black white law post page root will english french german british read state world peace su ara
    ana ek can akdeniz yeni eski deniz son ic guest sport share an o kitap you
    """
)
#: A phrase with one of these is no name: topics, furniture of pages, small words, calendar, peoples.
NOT_NAMES = (
    _words(
        """
    suggest changes edit improve listen
    fiyatlari predictions cartoons privacy preferences terms sign up log out my account guide guides watch live
    best tips store shop promo code codes deal deals recipes photos gallery newsletter newsletters edition
    alerts download app apps weather hava durumu gizlilik cerez cerezler kullanim sartlari kosullari sozlesmesi
    metni aydinlatma ilanlar ilan programi sorgulama hesaplama sozluk sozlugu anlamlari vakitleri kimdir nedir
    reviews advertise advertising subjects topics learn discover browse select products product services clear
    filters feeds admin administrator root user kullanici anonim anonymous anonymus guest misafir ziyaretci
    unknown bilinmiyor yok none null test yonetici webmaster moderator info iletisim contact yorum yorumlar
    comment comments cevap reply view all posts post tum tumu tumunu yazilari yazilar yazi yazisi makale
    makaleler makaleleri gor goster oku okuma okunma okundu read more reading minute minutes min dakika dk saat
    suresi devami devamini paylas share tweet follow takip facebook twitter instagram linkedin youtube whatsapp
    telegram email e-posta eposta mail print yazdir kaydet save search ara abone subscribe login giris kayit
    register menu home anasayfa ana sayfa hakkinda about profile profil biyografi biography categories kategori
    kategoriler category etiket etiketler tags tag related ilgili benzer onceki sonraki next previous tarih
    tarihi date updated guncelleme published yayin yayinlanma goruntulenme goruntuleme views izlenme gundem
    manset dosya ozel featured haber haberler analiz analizler rapor raporlar report reports commentary opinion
    gorus kose interview roportaj soylesi video foto galeri podcast kitap book review sonuc ozet abstract
    summary conclusion introduction kaynak kaynakca kaynaklar notes references notlar dipnot dipnotlar
    bibliography further ek ekler tablo sekil figure table source sources photo image images the of in on at for
    from with to and or is are was were has have had will would can this that these those how why what when
    where who which not no new after before into over under between by as an its his her their our your we they
    it bir bu su ve ile icin olan olarak gibi kadar daha cok en de ki mi ne nasil neden niye degil var ise veya
    ya hem ama sonra once yeni eski buyuk kucuk genel ortak ortadogu orta dogu bati kuzey guney politika
    politikasi strateji stratejik guvenlik ekonomi arastirma arastirmalar arastirmalari uluslararasi dis ic
    savunma enerji iliskiler iliskileri siyaset siyasi sosyal hukuk egitim kultur bilim bilimleri dunya savas
    baris kriz anlasma cumhuriyeti devleti hukumeti meclis secim bolgesi ulkesi sorunu meselesi foreign policy
    strategy strategic security economy economic research international affairs defense defence energy relations
    politics political social law education culture history science world war peace crisis agreement republic
    state government parliament election region conflict process minister ministry president talks border
    military united nations european lifestyle sport sports business technology health magazin facebook'ta
    twitter'da x'te says said diyor dedi adli kisi north south east west northern southern eastern western
    central upper lower turkish russian armenian azerbaijani azeri georgian american british iranian syrian
    iraqi israeli greek chinese ukrainian kurdish arab french german turk rus ermeni azerbaycanli gurcu amerikan
    ingiliz iranli suriyeli kurt yunan cin ocak subat mart nisan mayis haziran temmuz agustos eylul ekim kasim
    aralik january february march april june july august september october november december pazartesi sali
    carsamba persembe cuma cumartesi pazar monday tuesday wednesday thursday friday saturday sunday caucasus
    kafkas kafkasya karabakh karabag balkan balkans asya asia africa afrika avrupa europe eurasia avrasya
    akdeniz mediterranean اقرأ المزيد جميع المقالات читать далее все записи комментарии комментариев karadeniz
    black sea gulf korfez nagorno
    """
    )
    - AMBIGUOUS_WORDS
)
#: Places of two words, which look like a name and a surname.
PLACES = _names(
    """
    new york, new delhi, tel aviv, los angeles, san francisco, hong kong, buenos aires, sao paulo, abu dhabi, st
    petersburg, st. petersburg, las vegas, cape town, kuala lumpur, addis ababa, nagorno karabakh, daglik karabag,
    white house, beyaz saray, silicon valley, wall street, rio grande, santa fe, san diego, mexico city, panama
    city, nur sultan, nur-sultan, deir ez-zor, tel rifat, tel abyad, ras al-ain, camp david, capitol hill
    """
)
#: How a commenter's line ends, not a writer's.
COMMENTER_ENDINGS = _phrases(
    """
    says, said, diyor ki, dedi ki, diyor, dedi, yorum yapti, yorum yazdi, commented, replied, wrote, cevap
    verdi, пишет
    """
)
#: Words of buttons and links, which no institution has in its name.
FURNITURE = _words(
    """
    product if but so then than there only also just such any some each every most many all view views read
    follow share oku okuma paylas takip subscribe contact says reply cevap yorum yorumlar comment comments tum
    tumu devami more yazdir print goster gor previous next onceki sonraki ilgili related about hakkinda click
    tikla you can here is was are
    """
)
#: After these begins what a name is followed by: Jane Doe for Mail Online, Jane Doe in Ankara.
PREPOSITIONS = _words(
    """
    for in at from of on via with tarihinde adina icin
    """
)


@cache
def territories() -> frozenset[str]:
    """Names of countries and territories in Turkish, English and Russian, folded (CLDR)."""
    names = (name for code in ("tr", "en", "ru", "az") for name in Locale(code).territories.values())
    return frozenset(fold(name) for name in names)
