<?php
/**
 * Gives single posts a made-up magazine theme of names that no extractor knows, with all that such themes print around
 * a text: related-post cards with teasers, widgets, share bars, an author box, reading time, Turkish dates only, and an
 * og:title cut at 70 characters. Put beside the other must-use plugins to switch it on.
 */
function mz_date(int $id): string
{
    return get_post_time('d F Y', false, $id, true);
}

function mz_teaser(WP_Post $post): string
{
    return wp_html_excerpt(wp_strip_all_tags(strip_shortcodes($post->post_content)), 170) . ' […]';
}

function mz_card(WP_Post $post): string
{
    return '<div class="mz-kart mz-kart-' . $post->ID . '"><a href="' . get_permalink($post) . '"><img src="/wp-content/uploads/x.png" alt="">'
        . '<h3>' . esc_html($post->post_title) . '</h3></a><p>' . esc_html(mz_teaser($post)) . '</p><span class="mz-gun">'
        . mz_date($post->ID) . '</span></div>';
}

function mz_share(): string
{
    return '<div class="mz-pay"><span>Bu yazıyı paylaş</span> <a href="#fb">Facebook</a> <a href="#tw">Twitter</a> '
        . '<a href="#wa">WhatsApp</a></div>';
}

add_filter('the_content', function (string $content): string {
    if (!is_single()) {
        return $content;
    }
    $others = get_posts(['numberposts' => 1, 'exclude' => [get_the_ID()], 'offset' => get_the_ID() % 40]);
    $inline = '<div class="mz-araya"><strong>Bunu da okuyun:</strong> <a href="' . get_permalink($others[0]) . '">'
        . esc_html($others[0]->post_title) . '</a></div>';
    $cut = strpos($content, '</p>');
    return $cut === false ? $content : substr($content, 0, $cut + 4) . $inline . substr($content, $cut + 4);
}, 99);

add_action('template_redirect', function () {
    if (!is_single() || post_password_required()) {
        return;
    }
    the_post();
    $id = get_the_ID();
    $author = esc_html(get_the_author());
    $link = get_author_posts_url((int) get_the_author_meta('ID'));
    $category = get_the_category($id)[0] ?? null;
    $related = get_posts(['numberposts' => 6, 'exclude' => [$id], 'category' => $category->term_id ?? 0, 'offset' => $id % 30]);
    $latest = get_posts(['numberposts' => 5, 'exclude' => [$id]]);
    $popular = get_posts(['numberposts' => 4, 'exclude' => [$id], 'offset' => 20]);
    $title = esc_html(get_the_title());
    $minutes = max(1, (int) (str_word_count(wp_strip_all_tags(get_the_content())) / 180));
    header('Content-Type: text/html; charset=UTF-8');
    echo '<!DOCTYPE html><html lang="tr"><head><meta charset="UTF-8"><title>' . $title . ' – ' . get_bloginfo('name') . '</title>';
    echo '<meta property="og:site_name" content="' . get_bloginfo('name') . '"><meta property="og:title" content="'
        . mb_substr(get_the_title(), 0, 70) . '"><link rel="stylesheet" href="/wp-content/themes/mz/style.css">';
    echo '</head><body class="mz"><div class="mz-ust"><a class="mz-logo" href="/">' . get_bloginfo('name') . '</a>'
        . '<ul class="mz-liste"><li><a href="/">Anasayfa</a></li><li><a href="/analiz">Analiz</a></li><li><a href="/rapor">Raporlar</a></li>'
        . '<li><a href="/hakkimizda">Hakkımızda</a></li></ul></div><div class="mz-orta"><div class="mz-sol">';
    echo '<ol class="mz-iz"><li><a href="/">Anasayfa</a></li><li>»</li><li><a href="/k">' . esc_html($category->name ?? '')
        . '</a></li><li>»</li><li>' . $title . '</li></ol>';
    echo '<h1>' . $title . '</h1><div class="mz-bilgi"><a href="' . $link . '">' . $author . '</a> <a href="' . $link . '">' . $author
        . '</a> - <i>' . mz_date($id) . '</i> - <b>' . $minutes . ' dk okuma süresi</b></div><div class="mz-sayac">' . (100 + $id % 400)
        . ' <em>' . get_comments_number($id) . '</em></div>' . mz_share();
    echo '<div class="mz-ic">';
    the_content();
    wp_link_pages(['before' => '<div class="page-links">Sayfalar:', 'after' => '</div>']);
    echo '</div>' . mz_share();
    echo '<div class="mz-etiket">Etiketler: ' . get_the_tag_list('', ', ') . '</div>';
    echo '<div class="mz-kisi"><h4>Yazar Hakkında</h4><h5>' . $author . '</h5><p>' . $author . ', merkezimizde bölge üzerine çalışmaktadır. '
        . 'Çeşitli gazete ve dergilerde yazıları yayımlanmaktadır.</p><a href="' . $link . '">Tüm yazıları</a></div>';
    echo '<div class="mz-digerleri"><h2>Okumaya devam edin</h2>' . implode('', array_map('mz_card', $related)) . '</div>';
    echo '<div class="mz-gorusler"><h3>' . get_comments_number($id) . ' görüş</h3><ol>';
    foreach (get_comments(['post_id' => $id, 'status' => 'approve', 'order' => 'ASC']) as $comment) {
        echo '<li id="comment-' . $comment->comment_ID . '"><b>' . esc_html($comment->comment_author) . '</b> <i>'
            . get_comment_date('d F Y', $comment) . '</i><p>' . esc_html($comment->comment_content) . '</p></li>';
    }
    echo '</ol><h3>Bir cevap yazın</h3><form><p>E-posta hesabınız yayımlanmayacak. Gerekli alanlar * ile işaretlenmişlerdir</p>'
        . '<textarea></textarea><button>Yorum gönder</button></form></div></div><div class="mz-sag">';
    echo '<div class="mz-kutu"><h4>Son eklenenler</h4><ul>';
    foreach ($latest as $post) {
        echo '<li><a href="' . get_permalink($post) . '">' . esc_html($post->post_title) . '</a> <i>' . mz_date($post->ID) . '</i></li>';
    }
    echo '</ul></div><div class="mz-kutu"><h4>Editörün seçtikleri</h4>' . implode('', array_map('mz_card', $popular)) . '</div>';
    echo '<div class="mz-kutu"><h4>Bülten</h4><p>Haftalık bültenimize kaydolun, yeni yazılarımız her pazartesi e-posta kutunuza gelsin.</p>'
        . '<form><input type="email"><button>Kaydol</button></form></div></div></div>';
    echo '<div class="mz-alt"><p>Bu sitede yayımlanan yazılar kaynak gösterilerek alıntılanabilir. © ' . get_bloginfo('name')
        . '</p></div></body></html>';
    exit;
});
