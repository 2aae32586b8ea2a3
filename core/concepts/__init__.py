"""The nouns: frozen values that everything passes on, and the interfaces of plug-ins."""
