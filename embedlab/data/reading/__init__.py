"""Text: files to documents (`readers`), documents to tokens (`preprocess`, `phrases`), what is bundled (`bundled`)."""
