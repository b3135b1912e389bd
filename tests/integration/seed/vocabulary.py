"""The words the seeded site is made of: its people, terms and titles. All invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """An account. ``display_name`` is what pages print; ``authors`` and ``organisations`` what it means."""

    login: str
    display_name: str
    authors: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()


USERS: tuple[User, ...] = (
    User("editor", "Editör", organisations=("Editör",)),
    User("gundogdu", "Prof. Dr. Ümit Gündoğdu", ("Ümit Gündoğdu",)),
    User("caglayan", "Doç. Dr. Şule Çağlayan", ("Şule Çağlayan",)),
    User("yildirim", "Ayşe Yıldırım", ("Ayşe Yıldırım",)),
    User("ozturk", "Mehmet Öztürk", ("Mehmet Öztürk",)),
    User("isikli", "İbrahim Işıklı", ("İbrahim Işıklı",)),
    User("unlu", "Gökçe Ünlü", ("Gökçe Ünlü",)),
    User("sahin", "Çiğdem Şahin", ("Çiğdem Şahin",)),
    User("eliyev", "Ramiz Əliyev", ("Ramiz Əliyev",)),
    User("carter", "Emily Carter", ("Emily Carter",)),
    User("merkez", "Haber Merkezi", organisations=("Haber Merkezi",)),
    # WordPress has one author a post; sites make an account for two.
    User("kilic-ozturk", "Ayşe Kılıç & Mehmet Öztürk", ("Ayşe Kılıç", "Mehmet Öztürk")),
)
#: Whom a post of this language is by, drawn evenly.
WRITERS = {
    "tr": ("editor", "gundogdu", "caglayan", "yildirim", "ozturk", "isikli", "unlu", "sahin", "merkez"),
    "en": ("carter", "carter", "gundogdu", "isikli", "unlu", "yildirim"),
    "az": ("eliyev",),
    "ru": ("eliyev", "editor"),
    "de": ("caglayan", "ozturk"),
}
#: Name → parent. WordPress pages name the child only.
CATEGORIES: dict[str, str | None] = {
    "Rapor": None,
    "Analiz": None,
    "Gündem": None,
    "Söyleşi": None,
    "Görüş": None,
    "Güvenlik & Savunma": None,
    "Bölgeler": None,
    "Kafkasya": "Bölgeler",
    "Ortadoğu": "Bölgeler",
    "English": None,
}
TAGS = (
    "enerji", "güvenlik", "dış politika", "Türkiye", "Azerbaycan", "Gürcistan", "İran", "Rusya", "Çin", "NATO",
    "Orta Koridor", "göç", "seçim", "su", "tarım", "eğitim", "ticaret", "ulaştırma", "İpek Yolu", "Karadeniz",
    "Doğu Akdeniz", "Hazar", "diplomasi", "iklim", "savunma sanayii", "Türk dünyası", "ekonomi", "kültür",
)  # fmt: skip

PARTS = {
    "tr": {
        "place": (
            "Güney Kafkasya", "Doğu Akdeniz", "Karadeniz Havzası", "Orta Asya", "Hazar Bölgesi", "Balkanlar", "Irak",
            "Körfez Ülkeleri", "Azerbaycan", "Gürcistan", "Kazakistan", "Özbekistan", "Suriye", "Ukrayna", "Çin",
            "İran", "Avrupa Birliği", "Afrika Boynuzu", "Kuzey Afrika", "Iğdır ve Çevresi",
        ),
        "topic": (
            "Enerji Güvenliği", "Ulaştırma Koridorları", "Su Politikaları", "Göç Yönetimi", "Savunma Sanayii",
            "Ticaret Yolları", "Dijital Dönüşüm", "Eğitim Reformu", "Sınır Güvenliği", "Gıda Arzı", "Seçim Sonuçları",
            "Diplomatik Girişimler",
        ),
        "angle": (
            "Yeni Dengeler", "Fırsatlar ve Riskler", "Bir Değerlendirme", "Sorunlar ve Öneriler", "Nereye Gidiyor?",
            "Son Gelişmeler", "Bölgesel Yansımalar", "Uzun Vadeli Eğilimler", "Çıkmazdan Çıkış Yolları",
        ),
    },
    "en": {
        "place": (
            "the South Caucasus", "the Eastern Mediterranean", "the Black Sea", "Central Asia", "the Caspian",
            "the Balkans", "Iraq", "the Gulf", "Azerbaijan", "Georgia", "Kazakhstan", "Syria", "Ukraine", "Türkiye",
        ),
        "topic": (
            "Energy Security", "Transport Corridors", "Water Policy", "Migration", "Defence Industry", "Trade Routes",
            "Digital Change", "Education Reform", "Border Security", "Food Supply", "Elections", "Quiet Diplomacy",
        ),
        "angle": (
            "A New Balance", "Chances and Risks", "An Assessment", "Problems and Proposals", "What Comes Next?",
            "Recent Developments", "Regional Echoes", "Long-Term Trends", "Ways Out of the Impasse",
        ),
    },
}  # fmt: skip
PATTERNS = {
    "tr": (
        "{place}: {topic} – {angle}", "{place} ve {topic}: {angle}", "{topic} Üzerine Notlar: {place}",
        "{angle}: {place} Açısından {topic}", "{place} Dosyası: {topic}", "{topic} ve {place}",
    ),
    "en": (
        "{topic} in {place}: {angle}", "{topic} and {place}", "Notes on {topic} in {place}",
        "{angle}: {topic} and {place}", "{place} and the Future of {topic}",
    ),
}  # fmt: skip
#: Written out: long ones (over 90 characters), quotes, ampersands, apostrophes, capitals, one title used twice.
TITLES = {
    "tr": (
        "Türkiye’nin Güney Kafkasya Politikasında Yeni Dönem: Ulaştırma Koridorları, Enerji Hatları ve Bölgesel "
        "İş Birliği İmkânları Üzerine Bir Değerlendirme",
        "Doğu Akdeniz'de Deniz Yetki Alanları Tartışması: Uluslararası Hukuk, Diplomasi ve Komşuluk, Işık ve Gölge",
        "Orta Koridor'un Geleceği İçin Beş Öneri: Gümrük Süreçleri, Liman Kapasitesi, Demir Yolları ve Sigorta",
        "Sınır Ötesi Sular, Kuraklık ve Tarım: Fırat, Dicle, Aras ve Kura Havzalarında Ortak Yönetim Mümkün mü?",
        "Üniversitelerde Bölge Çalışmaları Nasıl Güçlenir? Dil Öğretimi, Arşiv Erişimi ve Saha Araştırması",
        "\"Stratejik Sabır\" Kavramı ve Ankara'nın Seçenekleri",
        "“Sıfır Sorun” Tartışması: On Yıl Sonra",
        "Enerji & Ulaştırma: İki Dosya, Tek Harita",
        "Ar-Ge & İnovasyon: Savunma Sanayiinde Yeni Adımlar",
        "İran'ın Komşuluk Politikası: 'Doğuya Bakış' mı?",
        "TÜRKİYE’NİN ENERJİ GÖRÜNÜMÜ VE IRAK HATTI",
        "KARABAĞ SONRASI: İHTİMALLER, IŞIKLAR, ÇIKIŞLAR",
        "Haftalık Gündem",
        "Haftalık Gündem",
        "Çağrı: 3. Genç Araştırmacılar Çalıştayı (Iğdır)",
        "Şehir, Su, Göç: Üç Soru – Üç Cevap",
        "%40 mı, %60 mı? Seçim Anketlerini Okumak",
        "C++ Değil, Coğrafya: Haritalar Ne Söyler?",
    ),
    "en": (
        "The Middle Corridor after a Decade of Promises: Customs, Ports, Railways and the Politics of Small Steps in "
        "the South Caucasus",
        "Water without Borders: What the Aras and Kura Basins Can Teach Türkiye, Georgia, Armenia, Azerbaijan and Iran",
        "Why Small States Hedge: Energy, Memory and the Limits of Alignment between the Black Sea and the Caspian",
        "Türkiye's Quiet Diplomacy & the \"Zero Problems\" Debate",
        "“Strategic Patience” Revisited",
        "Oil & Gas: What's Left of the Pipeline Dream?",
        "Military Cooperation and Its Discontents",
        "A Library's War: Notes from the Archive",
        "Q&A: Who Pays for the Corridor?",
    ),
    "az": (
        "Cənubi Qafqazda Yeni Nəqliyyat Dəhlizləri", "Azərbaycan və Türkiyə: Enerji Əməkdaşlığı",
        "Xəzər Dənizinin Gələcəyi", "Qarabağ: Böyük Qayıdışın İlk İlləri", "Orta Dəhliz və Ələt Limanı",
    ),
    "ru": (
        "Южный Кавказ: новые транспортные коридоры", "Турция и Россия: энергетика и торговля",
        "Каспийский регион в 2020-е годы", "Средняя Азия между Севером и Югом",
    ),
    "de": (
        "Der Südkaukasus und die Zukunft des Mittleren Korridors", "Türkische Außenpolitik: Größe, Maß und Mitte",
        "Energie über das Schwarze Meer",
    ),
}  # fmt: skip
#: Headings that many articles share, as they do on real sites.
HEADINGS = {
    "tr": ("Giriş", "Sonuç", "Tarihsel Arka Plan", "Değerlendirme", "Kaynakça Üzerine"),
    "en": ("Introduction", "Conclusion", "Background", "Assessment"),
    "az": ("Giriş", "Nəticə"),
    "ru": ("Введение", "Заключение"),
    "de": ("Einleitung", "Fazit"),
}
#: Sentences of our own with the words that search tests look for; each stands in some posts of its language.
PLANTED = {
    "tr": (
        "Erdoğan’ın ziyareti sırasında yapılan görüşmelerde ulaştırma ve enerji başlıkları öne çıktı.",
        "Türkiye’nin önerisi, bölge ülkelerinin ortak bir kitaplık ve arşiv kurmasıdır.",
        "Görüşmeler İstanbul’da sürdü; Iğdır ve Kars için ayrı bir çalışma grubu kuruldu.",
        "Kitaplıkta bulunan haritalar, Doğu Akdeniz ve Karabağ için bugün de kaynak sayılır.",
        "Askerî iş birliği anlaşması, TÜRKİYE’NİN güney komşularıyla ilişkisini yeniden tanımladı.",
    ),
    "en": (
        "Military cooperation was the one subject on which both delegations agreed from the first day.",
        "President Erdoğan’s visit opened the talks on Türkiye’s role in the Middle Corridor.",
        "The library in Istanbul keeps the only complete set of the Karabakh maps.",
        "Cooperation on water, unlike military matters, has been slow in the Eastern Mediterranean.",
    ),
}
COMMENTERS = ("Okur", "Fatma Güneş", "ışık34", "John Reader", "Hüseyin", "Zeynep Ak", "Тимур", "Kenan E.")
PAGES = ("Hakkımızda", "İletişim", "Yayın İlkeleri", "Künye", "About Us")
