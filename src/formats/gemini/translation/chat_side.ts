import type { ChatSide } from "../../translation/translation.ts";
import { GeminiEventReader } from "./answers/event_reader.ts";
import { GeminiEventWriter } from "./answers/event_writer.ts";
import { readChatAnswer } from "./answers/read_answer.ts";
import { writeChatAnswer } from "./answers/write_answer.ts";
import { FIELD_NAMES, OWN_MEMBERS } from "./own_members.ts";
import { readChatRequest } from "./requests/read_request.ts";
import { writeChatRequest } from "./requests/write_request.ts";

/** Translation of `generateContent` and `streamGenerateContent`. */
export const geminiChatSide: ChatSide = {
  fieldNames: FIELD_NAMES,
  ownMembers: OWN_MEMBERS,
  readRequest: readChatRequest,
  writeRequest: writeChatRequest,
  readAnswer: readChatAnswer,
  writeAnswer: writeChatAnswer,
  eventReader: () => new GeminiEventReader(),
  eventWriter: (context) => new GeminiEventWriter(context),
};
