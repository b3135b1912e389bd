"""What the tests' WordPress is filled with: a think tank's posts, written anew each time, the same each time."""
