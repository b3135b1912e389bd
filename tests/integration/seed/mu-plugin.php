<?php
/**
 * Closes REST to readers who are not logged in while wp-content/rest-closed exists, as many sites do.
 */
add_filter('rest_authentication_errors', function ($result) {
    clearstatcache();
    return file_exists(WP_CONTENT_DIR . '/rest-closed')
        ? new WP_Error('rest_not_logged_in', 'Bu siteye REST ile erişim kapalıdır.', ['status' => 401])
        : $result;
});
