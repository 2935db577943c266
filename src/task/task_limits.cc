// SPDX-License-Identifier: Apache-2.0
#include "task_limits.h"

namespace mayfly {

std::optional<double> read_limit(JsonFields& fields, std::string_view name, const LimitRow& row,
                                 const Ceilings& ceilings) {
  std::optional<double> value;
  if (row.unit == LimitUnit::processors) {
    value = fields.number(name, row.min, row.max);
  } else if (const auto whole =
                 fields.integer(name, static_cast<std::int64_t>(row.min), static_cast<std::int64_t>(row.max))) {
    value = static_cast<double>(*whole);
  }
  if (!value) return value;
  if (auto allowed = ceilings.check(row, *value); !allowed) fields.fail(name, allowed.error().message());
  return value;
}

void read_limits(JsonFields& task, Limits& limits, const Ceilings& ceilings) {
  for (const LimitRow& row : limit_table()) task.belongs_in("limits", row.field);
  const JsonValue* object = task.object("limits");
  if (!object) return;
  JsonFields fields(*object, task.path_of("limits"));
  for (const LimitRow& row : limit_table()) {
    if (const auto value = read_limit(fields, row.field, row, ceilings)) set(limits, row, *value);
  }
  task.adopt(fields.finish());
}

}  // namespace mayfly
