"""Why something is refused (envelope.md §11)."""


class Refused(Exception):
    """Carries one of the codes of envelope.md §11."""

    def __init__(self, code, why=""):
        super().__init__(f"{code}: {why}" if why else code)
        self.code = code
