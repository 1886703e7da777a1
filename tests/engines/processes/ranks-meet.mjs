// Meets the others. What fails is told on stderr.
import { connect } from "tesserae";

const con = await connect(process.argv[2], { engine: "ranks" }).catch(({ code, message }) => {
	console.error(`${code}: ${message}`);
	process.exit(1);
});
const values = [con.size, await con.broadcast(con.rank + 1), (await con.gather(con.rank)) ?? null];
console.log(JSON.stringify({ rank: con.rank, values }));
await con.close();
