// Takes the write lock of a database, says so, and keeps it until it is killed. Argument: file.
import Database from "better-sqlite3";

const database = new Database(process.argv[2]);
database.exec("BEGIN IMMEDIATE");
process.stdout.write("held\n");
setInterval(() => database.inTransaction, 1000);
