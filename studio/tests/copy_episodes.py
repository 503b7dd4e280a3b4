"""Copies a published episode as rows, for a server that isn't running: many episodes without as many recordings.

    copy_episodes.py DATABASE EPISODE < JSON      [{"show": SLUG, "title", "number", "published": milliseconds}, …]

The first one is the episode itself. Prints the IDs.
"""

import json
import secrets
import sqlite3
import sys
import uuid

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

database = sqlite3.connect(sys.argv[1])
cursor = database.execute("SELECT * FROM episodes WHERE id = ?", [sys.argv[2]])
pattern = dict(zip([column[0] for column in cursor.description], cursor.fetchone()))
shows = dict(database.execute("SELECT slug, id FROM shows"))
ids = []
with database:
    for number, wanted in enumerate(json.load(sys.stdin)):
        published = wanted["published"] * 1000
        row = {"title": wanted["title"], "number": wanted["number"], "published": published, "created": published, "changed": published, "show_id": shows[wanted["show"]]}
        if number == 0:
            ids.append(sys.argv[2])
            database.execute(f"UPDATE episodes SET {', '.join(f'{name} = :{name}' for name in row)} WHERE id = :id", {**row, "id": sys.argv[2]})
            continue
        ids.append("01k" + "".join(secrets.choice(ALPHABET) for _ in range(23)))
        row = {**pattern, **row, "id": ids[-1], "guid": str(uuid.uuid4()), "slug": f"episode-{number}", "file_name": f"episode-{number}.mp3"}
        database.execute(f"INSERT INTO episodes ({', '.join(row)}) VALUES ({', '.join(':' + name for name in row)})", row)
json.dump(ids, sys.stdout)
