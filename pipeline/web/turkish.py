"""What other parts say in English, in Turkish: errors, and how the sources do.

Messages are made where things happen, for logs and the command line too, and there they are English. The page knows the
patterns of those that a reader meets; one that is not listed here is shown as it is, marked as English.
"""

from __future__ import annotations

import re

#: A pattern that a message matches as a whole, and the same in Turkish; groups are taken over as they are.
_PATTERNS = (
    # what is wrong with a query
    (r"The query has (\d+) characters; at most (\d+) are read\.",
     r"Sorguda \1 karakter var; en çok \2 karakter okunur."),
    (r"The query has (\d+) words; at most (\d+) are searched at once\.",
     r"Sorguda \1 sözcük var; bir kerede en çok \2 sözcük aranır."),
    (r"The query has more than (\d+) words with \* or \?; write some of them out\.",
     r"Sorguda \1 taneden çok * ya da ? içeren sözcük var; birkaçını tam yazın."),
    (r"A word has more than (\d+) of \* and \?; write some letters out\.",
     r"Bir sözcükte \1 taneden çok * ve ? var; birkaç harf yazın."),
    (r"There is no kind (.*)\. Kinds are (.*)\.", r"\1 diye bir tür yok. Türler: \2."),
    (r"has:(.*) means nothing; has:pdf finds articles with a PDF\.",
     r"has:\1 bir şey demek değil; has:pdf, PDF'i olan yazıları bulur."),
    (r"(.*) is no site\. Write a host name: site:example\.org\.",
     r"\1 bir site değil. Alan adı yazın: site:example.org."),
    (r"(.*) is no date\. Write 2016, 2016-08, 2016-08-14 or 14\.08\.2016\.",
     r"\1 bir tarih değil. Şöyle yazın: 2016, 2016-08, 2016-08-14 ya da 14.08.2016."),
    (r"Results go from 0 to (\d+); use `mecmua export` for all of them\.",
     r"Sonuçlar 0 ile \1 arasındadır; hepsi için dışa aktarın."),
    (r"The query asks for too much at once; make it shorter\.", "Sorgu bir kerede çok şey istiyor; kısaltın."),
    (r"The query takes the search engine more than (\d+)s?; make it narrower\.",
     r"Sorgu arama motorunu \1 saniyeden çok uğraştırıyor; daraltın."),
    (r"Similar articles are given up to (\d+) at once\.", r"Benzer yazılar bir kerede en çok \1 tanedir."),
    (r"Completion takes author, tag or source, .*",
     "Tamamlama için author, tag ya da source, kısa bir metin ve 1 ile 100 arasında bir sayı verin."),
    (r"The search engine cannot answer this query: (.*)\.", r"Arama motoru bu sorguyu yanıtlayamıyor: \1."),
    # what is not there
    (r"(.*): no article has this id or URL\. .*", r"\1: bu kimlikte ya da adreste bir yazı yok."),
    (r"(.*) has no revision (\d+); it has (\d+)", r"\1 yazısının \2. sürümü yok; \3 sürümü var."),
    (r"(.*) has (\d+) PDFs whose text is known, and no number (\d+)",
     r"\1 yazısının metni bilinen \2 PDF'i var; \3. yok."),
    (r"This PDF has (\d+) pages\.", r"Bu PDF'in \1 sayfası var."),
    (r"(.*): this revision has no archived page", r"\1: bu sürümün arşivde sayfası yok."),
    (r"There is no (?:citation|export) format (.*)\. Formats are (.*)\.", r"\1 diye bir biçim yok. Biçimler: \2."),
    (r"Not Found", "Bu adreste bir şey yok."),
    (r"Method Not Allowed", "Bu adrese böyle bir istek gönderilemez."),
    (r"([\w.]+): this value cannot be used", r"\1: bu değer kullanılamaz"),
    # what is away
    (r"search engine at (\S+) gives no answer: .*", r"\1 adresindeki arama motoru yanıt vermiyor. Çalışıyor mu?"),
    (r"search engine at (\S+) cannot do it now: .*", r"\1 adresindeki arama motoru şu anda yanıt veremiyor."),
    (r"search engine: there is no index (.*) yet\. .*", r"Arama motorunda \1 dizini henüz yok: önce `mecmua crawl`."),
    # saved searches
    (r"This was not sent from Mecmua's own page\..*",
     "Bu istek Mecmua'nın kendi sayfasından gelmedi. Sayfayı kendi adıyla açın (adı MECMUA_SERVE_HOSTS ile verilir)."),
    (r"There are (\d+) saved searches already; delete some\.",
     r"Zaten \1 kayıtlı arama var; birkaçını silin."),
    (r"There is no saved search (.*)\.", r"\1 diye kayıtlı bir arama yok."),
    (r"needs a text as title", "bir ad ister"),
    (r"channel (.*): write atom, .*", r"\1 kullanılamaz: ad@alan biçiminde e-posta ya da https:// ile başlayan adres"),
    # how the sources do: evidence
    (r"its YAML says that the house is closed", "YAML dosyasına göre kuruluş kapanmış"),
    (r"no run has looked at it yet", "henüz hiçbir çalışmada bakılmadı"),
    (r"every endpoint refuses us \(HTTP (.*)\)", r"bütün uç noktaları bizi geri çeviriyor (HTTP \1)"),
    (r"its endpoints answer, and the last run named not one URL",
     "uç noktaları yanıt veriyor, ama son çalışmada tek adres bile çıkmadı"),
    (r"its newest article is of (\S+), (\d+) days ago", r"en yeni yazısı \1 tarihli, \2 gün önce"),
    (r"(\d+) articles in the last (\d+) days, where (\d+) were usual",
     r"son \2 günde \1 yazı; alışılmış olan \3"),
    (r"nothing new for (\d+) days; nine of ten of its pauses were (\d+) days or shorter",
     r"\1 gündür yeni yazı yok; aralarının onda dokuzu en çok \2 gündü"),
    (r"(\d+) articles in the last (\d+) days, the newest of no date", r"son \2 günde \1 yazı; en yenisi tarihsiz"),
    (r"(\d+) articles in the last (\d+) days, the newest of (\S+)", r"son \2 günde \1 yazı; en yenisi \3 tarihli"),
    (r"the (feed|sitemap|listing) (\S+) names no URLs", r"\2 hiç adres vermiyor"),
    (r"the (feed|sitemap|listing) (\S+) holds (?:no|items).*", r"\2 içinde yazı yok"),
    (r"(\S+) is the feed of the comments, not of the articles", r"\1 yazıların değil yorumların beslemesi"),
    (r"no links? (?:to articles )?on (\S+).*", r"\1 sayfasında yazılara bağlantı yok"),
    (r"(?:.* )?(\S+) asks for a login \(status (\d+)\)", r"\1 giriş istiyor (durum \2)"),
    (r"(?:.* )?(\S+) refuses us \(status (\d+)\)", r"\1 bizi geri çeviriyor (durum \2)"),
    (r"(?:.* )?(\S+) does not exist \(status (\d+)\)", r"\1 diye bir sayfa yok (durum \2)"),
    (r"(?:.* )?(\S+) is gone for good \(status (\d+)\)", r"\1 kalıcı olarak kaldırılmış (durum \2)"),
    (r"(?:.* )?(\S+) answers with an error \(status (\d+)\)", r"\1 hata veriyor (durum \2)"),
    (r"(\S+): HTTP (\d+)", r"\1: HTTP \2"),
    (r"(\S+): redirects to (.*), which is not the source's", r"\1, kaynağın olmayan \2 adresine yönlendiriyor"),
    # and what to do
    (r"nothing; it is crawled only when named", "hiçbir şey; yalnızca adı verilirse taranır"),
    (r"nothing", "hiçbir şey"),
    (r"(mecmua crawl \S+ --limit 5)", r"\1"),
    (r"Open the site in a browser\. .*",
     "Siteyi tarayıcıda açın. Orada açılıyorsa sahiplerinden User-Agent'a izin isteyin (MECMUA_CONTACT), crawl_delay'i "
     "artırın ya da başka bir uç nokta bulun; açılmıyorsa bekleyin."),
    (r"Find the present address: (mecmua sources new \S+), then (mecmua sources probe URL)\.",
     r"Şimdiki adresi bulun: \1, sonra \2."),
    (r"Look at one: (mecmua sources probe \S+|\S+)\. It may need .*",
     r"Birine bakın: \1. Tarayıcı ya da başka bir yazı kalıbı gerekebilir."),
    (r"If the house still publishes, .*",
     "Kuruluş hâlâ yayımlıyorsa uç noktaları başka bir şey taşıyor: başkalarını bulun; değilse status: dormant."),
    (r"Compare with its site: .*",
     "Sitesiyle karşılaştırın: bir bölüm beslemeden çıktı mı? Eksik olan için bir uç nokta ekleyin."),
    (r"Look at its site\. A holiday passes; .*",
     "Sitesine bakın. Tatil geçer; değilse uç noktaları yenileri bildirmeyi bıraktı: onları yoklayın."),
)  # fmt: skip
_TURKISH = tuple((re.compile(pattern, re.DOTALL), turkish) for pattern, turkish in _PATTERNS)


def turkish(text: str) -> str | None:
    """The message in Turkish, None where it is not known; of several joined by semicolons, each is looked up."""
    for pattern, said in _TURKISH:
        if match := pattern.fullmatch(text):
            return match.expand(said)
    parts = [turkish(part) for part in text.split("; ")] if "; " in text else [None]
    return None if None in parts else "; ".join(filter(None, parts))
