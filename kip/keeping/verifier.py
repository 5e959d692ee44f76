"""Says whether a handover bundle is whole and unchanged.

    python3 verify.py                     in the unpacked folder
    python3 verify.py BUNDLE.zip          of the bundle as it came
    python3 verify.py --manifest HASH     also that the manifest is the one that was noted

Needs Python 3.8 or newer and nothing else. It compares every file with manifest.json and prints
what is wrong. Exit status: 0 all is well, 1 something is wrong, 2 it could not look.

manifest.json itself is what you trust: compare the hash that is printed with the one that the
association noted when the bundle was made.
"""

import hashlib
import json
import os
import sys
import zipfile

MANIFEST = "manifest.json"


def say(text):
    sys.stdout.write(text + "\n")


class Folder:
    def __init__(self, path):
        self.path = path

    def names(self):
        found = []
        for folder, _folders, files in os.walk(self.path):
            for name in files:
                path = os.path.relpath(os.path.join(folder, name), self.path)
                found.append(path.replace(os.sep, "/"))
        return found

    def open(self, name):
        return open(os.path.join(self.path, *name.split("/")), "rb")


class Archive:
    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)

    def names(self):
        return [name for name in self.zip.namelist() if not name.endswith("/")]

    def open(self, name):
        return self.zip.open(name)


def hash_of(file):
    digest = hashlib.sha256()
    while True:
        piece = file.read(1024 * 1024)
        if not piece:
            return digest.hexdigest()
        digest.update(piece)


def problems(bundle, known):
    names = bundle.names()
    for name in sorted(set(names)):
        if names.count(name) > 1:
            yield "is there twice: " + name
        if name != MANIFEST and name not in known:
            yield "does not belong here: " + name
    for name in sorted(known):
        if name not in names:
            yield "is missing: " + name
            continue
        try:
            with bundle.open(name) as file:
                found = hash_of(file)
        except Exception as error:
            yield "cannot be read: {} ({})".format(name, error)  # noqa: UP032 - so old a Python
            continue
        if found != known[name]["sha256"]:
            yield "was changed: " + name


def main(arguments):
    wanted = ""
    if "--manifest" in arguments:
        place = arguments.index("--manifest")
        wanted = (arguments[place + 1 : place + 2] or ["?"])[0].lower()
        del arguments[place : place + 2]
    try:
        if arguments:
            path = arguments[0]
            bundle = Folder(path) if os.path.isdir(path) else Archive(path)
        else:
            bundle = Folder(os.path.dirname(os.path.abspath(__file__)))
        with bundle.open(MANIFEST) as file:
            content = file.read()
        manifest = json.loads(content.decode("utf-8"))
        known = manifest["files"]
    except Exception as error:
        say("This bundle cannot be looked at: " + str(error))
        return 2
    digest = hashlib.sha256(content).hexdigest()
    say("Manifest: SHA-256 " + digest)
    found = list(problems(bundle, known))
    if wanted and wanted != digest:
        found.insert(0, "is not the manifest that was noted: " + MANIFEST)
    for text in found:
        say("WRONG: " + text)
    for text in manifest.get("missing", []):
        say("Was missing already when the bundle was made: " + text)
    say(str(len(known)) + " files, " + str(len(found)) + " problems.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
