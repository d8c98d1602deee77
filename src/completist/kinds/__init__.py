"""The kinds that come with Completist, each a plug-in like any other."""
