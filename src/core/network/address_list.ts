import { BlockList, isIP } from "node:net";

/** Reads addresses and CIDR ranges into a list that can be asked; throws `TypeError` for what is neither. */
export function addressList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", prefix] = entry.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    const bits = prefix === undefined ? undefined : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN;
    if (isIP(address) === 0 || (bits !== undefined && !(bits <= (family === "ipv6" ? 128 : 32)))) {
      throw new TypeError(`Cannot read '${entry}' as an IP address or a range such as 10.0.0.0/8`);
    }
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, bits, family);
  }
  return list;
}
