"""Pure: a page, a source's rules and its template in, an Article out."""
