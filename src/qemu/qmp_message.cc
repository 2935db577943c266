// SPDX-License-Identifier: Apache-2.0
#include "qemu/qmp_message.h"

#include "base/json.h"

namespace mayfly {
namespace {

const JsonValue* member(const JsonValue& object, const char* name) {
  const auto found = object.FindMember(name);
  return found == object.MemberEnd() ? nullptr : &found->value;
}

bool true_member(const JsonValue& object, const char* name) {
  const JsonValue* value = member(object, name);
  return value && value->IsTrue();
}

std::int64_t id_of(const JsonValue& message) {
  const JsonValue* id = member(message, "id");
  return id && id->IsInt64() ? id->GetInt64() : -1;
}

QmpEvent read_event(const JsonValue& message) {
  QmpEvent event;
  event.name = string_member(message, "event");
  const JsonValue* data = member(message, "data");
  if (!data || !data->IsObject()) return event;
  event.reason = string_member(*data, "reason");
  event.operation = string_member(*data, "operation");
  event.status = string_member(*data, "status");
  event.guest = true_member(*data, "guest");
  event.no_space = true_member(*data, "nospace");
  return event;
}

QmpError read_error(const JsonValue& message, const JsonValue& error) {
  return {id_of(message), std::string(string_member(error, "desc"))};
}

}  // namespace

Result<QmpMessage> decode_qmp(std::string_view line) {
  auto document = parse_json(line);
  if (!document) return std::move(document).error();
  if (!document->IsObject()) return Error("a QMP message must be an object");
  const JsonValue& message = *document;
  if (member(message, "QMP")) return QmpMessage(QmpGreeting{});
  if (member(message, "return")) return QmpMessage(QmpReturn{id_of(message)});
  if (const JsonValue* error = member(message, "error")) return QmpMessage(read_error(message, *error));
  if (member(message, "event")) return QmpMessage(read_event(message));
  return Error("a QMP message is none of greeting, return, error and event");
}

std::string encode_qmp_command(std::string_view command, std::string_view arguments, std::int64_t id) {
  JsonBuffer buffer;
  JsonWriter writer(buffer);
  writer.StartObject();
  write_text(writer, "execute", command);
  if (!arguments.empty()) {
    writer.Key("arguments");
    writer.RawValue(arguments.data(), arguments.size(), rapidjson::kObjectType);
  }
  write_integer(writer, "id", id);
  writer.EndObject();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace mayfly
