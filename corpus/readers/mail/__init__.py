"""Mail, archived pages and archives: files that hold other files."""
