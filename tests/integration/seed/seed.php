<?php
/**
 * Installs WordPress and fills it, in one process and one transaction: php seed.php <content.json>
 * The JSON is written by wordpress.py; prints {"posts": {key: {"id", "url"}}, "attachments": [url]}.
 */
define('WP_INSTALLING', true);
define('WP_IMPORTING', true); // no pings
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

$seed = json_decode(file_get_contents($argv[1]), true, 512, JSON_THROW_ON_ERROR);
$wpdb->query('SET autocommit = 0');
add_filter('pre_wp_mail', '__return_true');
wp_install($seed['name'], $seed['users'][0]['login'], 'editor@example.org', true, '', 'mecmua', 'tr_TR');
wp_installing(false);
wp_set_current_user(1);
kses_remove_filters(); // nobody is logged in on the command line, and the content is ours
wp_defer_term_counting(true);
wp_defer_comment_counting(true);
foreach ([1, 2, 3] as $sample) { // the stock post, page and privacy page
    wp_delete_post($sample, true);
}

foreach ($seed['options'] as $name => $value) {
    update_option($name, $value);
}
switch_theme($seed['theme']);
$wp_rewrite->set_permalink_structure($seed['permalinks']);
create_initial_taxonomies(); // anew, with the permalink structure

$users = [];
foreach ($seed['users'] as $number => $user) {
    $fields = ['display_name' => $user['display_name'], 'nickname' => $user['display_name'], 'role' => 'author'];
    $users[$user['login']] = $number === 0
        ? wp_update_user(['ID' => 1, 'role' => 'administrator'] + $fields)
        : wp_insert_user(['user_login' => $user['login'], 'user_pass' => 'mecmua',
            'user_email' => $user['login'] . '@example.org'] + $fields);
}

$terms = ['category' => [], 'post_tag' => []];
foreach ($seed['categories'] as $name => $parent) {
    $made = wp_insert_term($name, 'category', ['parent' => $parent === null ? 0 : $terms['category'][$parent]]);
    $terms['category'][$name] = $made['term_id'];
}
foreach ($seed['tags'] as $name) {
    $terms['post_tag'][$name] = wp_insert_term($name, 'post_tag')['term_id'];
}

$images = [];
foreach ($seed['images'] as $image) {
    $id = wp_insert_attachment(['post_title' => $image['title'], 'post_mime_type' => 'image/png',
        'post_status' => 'inherit', 'post_date' => '2015-06-01 10:00:00', 'post_author' => 1], $image['path']);
    wp_update_attachment_metadata($id, ['width' => 640, 'height' => 360, 'file' => $image['path'], 'sizes' => []]);
    $images[] = $id;
}

function seed_one(array $post, array $users, array $terms, array $images): int
{
    global $wpdb;
    $status = ['protected' => 'publish', 'trash' => 'publish'][$post['status']] ?? $post['status'];
    $id = wp_insert_post(wp_slash([
        'post_type' => $post['type'], 'post_status' => $status, 'post_title' => $post['title'],
        'post_content' => str_replace('{{site}}', home_url(), $post['content']), 'post_excerpt' => $post['excerpt'],
        'post_author' => $users[$post['author']], 'post_date' => $post['date'],
        'post_password' => $post['status'] === 'protected' ? $post['password'] : '',
        'comment_status' => 'open', 'ping_status' => 'closed',
        'post_category' => array_map(fn ($name) => $terms['category'][$name], $post['categories']),
        'tax_input' => $post['tags'] ? ['post_tag' => array_map(fn ($name) => $terms['post_tag'][$name], $post['tags'])] : [],
    ]), true);
    if (is_wp_error($id)) {
        throw new RuntimeException($post['key'] . ': ' . $id->get_error_message());
    }
    if ($post['image'] !== null) {
        update_post_meta($id, '_thumbnail_id', $images[$post['image']]);
    }
    if ($post['modified'] !== $post['date']) {
        $wpdb->update($wpdb->posts, ['post_modified' => $post['modified'],
            'post_modified_gmt' => get_gmt_from_date($post['modified'])], ['ID' => $id]);
    }
    foreach ($post['comments'] as $comment) {
        wp_insert_comment(wp_slash(['comment_post_ID' => $id, 'comment_author' => $comment['author'],
            'comment_author_email' => 'okur@example.org', 'comment_content' => $comment['text'],
            'comment_date' => $comment['date'], 'comment_date_gmt' => get_gmt_from_date($comment['date']),
            'comment_approved' => 1]));
    }
    if ($post['sticky']) {
        stick_post($id);
    }
    if ($post['status'] === 'trash') {
        wp_trash_post($id);
    }
    return $id;
}

$ids = [];
foreach ($seed['posts'] as $post) {
    $ids[$post['key']] = seed_one($post, $users, $terms, $images);
}
wp_defer_term_counting(false);
wp_defer_comment_counting(false);
flush_rewrite_rules(false);
$wpdb->query('COMMIT');

wp_cache_flush();
$posts = array_map(fn ($id) => ['id' => $id, 'url' => get_permalink($id)], $ids);
echo json_encode(['posts' => $posts, 'attachments' => array_map('get_attachment_link', $images)], JSON_THROW_ON_ERROR);
