"""National libraries that answer by SRU in MARC: Deutsche Nationalbibliothek, Bibliothèque nationale de France."""
