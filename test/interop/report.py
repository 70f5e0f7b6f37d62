"""What passed and what failed."""

from zkeb.errors import Refused


class Report:
    """Counts what passed, failed and was skipped of one file."""

    def __init__(self, name):
        self.name = name
        self.passed = 0
        self.failures = []
        self.skipped = []

    def case(self, name, test):
        try:
            test()
            self.passed += 1
        except Exception as error:  # any other fault of the decoder is a failure as well
            self.failures.append(f"{name}: {type(error).__name__} {error}")

    def refusal(self, name, code, test):
        def refused():
            try:
                test()
            except Refused as refusal:
                same(refusal.code, code, f"code ({refusal})")
                return
            raise AssertionError(f"opened, instead of {code}")

        self.case(name, refused)

    def print(self):
        reasons = f" ({'; '.join(self.skipped)})" if self.skipped else ""
        print(f"{self.name}: {self.passed} passed, {len(self.skipped)} skipped{reasons}")
        for failure in self.failures:
            print(f"  FAILED {failure}")


def same(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}: {found!r:.120} is not {expected!r:.120}")
