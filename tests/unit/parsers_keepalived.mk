# Unit tests of parsers/keepalived.
