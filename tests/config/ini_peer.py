"""
What Python's configparser makes of files, given as a JSON list of texts: a list of sections with their values, or null where it refuses one.
With the one addition of the Petrel SDK: [default] in any case is [DEFAULT].
"""

import configparser
import json
import sys


def read(text):
    parser = configparser.ConfigParser()
    try:
        parser.read_string(text)
        for name in [name for name in parser.sections() if name.lower() == "default"]:
            for key, value in parser._sections[name].items():
                parser._defaults[key] = value
            parser.remove_section(name)
        return {name: dict(parser[name]) for name in parser.sections()}
    except configparser.Error:
        return None


json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
