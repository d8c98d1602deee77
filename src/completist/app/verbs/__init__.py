"""The verbs of one person's library, by what they are about; `app.library.App` has them all."""
