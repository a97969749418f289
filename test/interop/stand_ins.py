"""Empty modules in the place of large packages that other programs import and that reading a dataset never uses."""

import importlib.machinery
import importlib.metadata
import sys
import types


class _Nothing(types.ModuleType):
    __version__ = "2.0.0"

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        # Names in capitals are classes to inherit from or to name in annotations; warnings are filtered by theirs.
        base = Warning if name.endswith("Warning") else object
        value = type(name, (base,), {"__init__": lambda self, *args, **kwargs: None}) if name[0].isupper() else _Nothing(f"{self.__name__}.{name}")
        setattr(self, name, value)
        return value

    def __call__(self, *args, **kwargs):
        return args[0] if len(args) == 1 and callable(args[0]) else self


class _Finder:
    def __init__(self, names):
        self.names = names

    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] in self.names else None

    def create_module(self, spec):
        return _Nothing(spec.name)

    def exec_module(self, module):
        pass


def stand_in_for(*names):
    sys.meta_path.insert(0, _Finder(set(names)))
    version = importlib.metadata.version
    importlib.metadata.version = lambda name: _Nothing.__version__ if name in names else version(name)
