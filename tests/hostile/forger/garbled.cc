// SPDX-License-Identifier: Apache-2.0
#include "forgery.h"

namespace forger {
namespace {

using namespace std::string_view_literals;

constexpr Line kLines[] = {
    // Figures that cannot be.
    {"code-negative", R"({"id":@,"status":"exit","code":-1})"},
    {"code-256", R"({"id":@,"status":"exit","code":256})"},
    {"code-fraction", R"({"id":@,"status":"exit","code":0.5})"},
    {"code-minus-zero", R"({"id":@,"status":"exit","code":-0.0})"},
    {"code-nan", R"({"id":@,"status":"exit","code":NaN})"},
    {"code-infinity", R"({"id":@,"status":"exit","code":-Infinity})"},
    {"code-1e400", R"({"id":@,"status":"exit","code":1e400})"},
    {"code-2-to-64", R"({"id":@,"status":"exit","code":18446744073709551616})"},
    {"code-text", R"({"id":@,"status":"exit","code":"0"})"},
    {"code-null", R"({"id":@,"status":"exit","code":null})"},
    {"signal-0", R"({"id":@,"status":"exit","signal":0})"},
    {"signal-65", R"({"id":@,"status":"exit","signal":65})"},
    {"signal-negative", R"({"id":@,"status":"exit","signal":-9})"},
    {"usage-negative", R"({"id":@,"status":"exit","code":0,"usage":{"cpu_ms":-1}})"},
    {"usage-2-to-63", R"({"id":@,"status":"exit","code":0,"usage":{"mem_kb":9223372036854775808}})"},
    {"usage-nan", R"({"id":@,"status":"exit","code":0,"usage":{"wall_ms":nan}})"},
    {"usage-list", R"({"id":@,"status":"exit","code":0,"usage":[0,0,0]})"},
    {"id-negative", R"({"id":-@,"status":"exit","code":0})"},
    {"id-fraction", R"({"id":@.5,"status":"exit","code":0})"},
    {"id-text", R"({"id":"@","status":"exit","code":0})"},
    {"id-2-to-64", R"({"id":18446744073709551617,"status":"exit","code":0})"},
    // Ends that are none, or several.
    {"exit-without-end", R"({"id":@,"status":"exit"})"},
    {"exit-two-ends", R"({"id":@,"status":"exit","code":0,"signal":9})"},
    {"exceeded-unknown", R"({"id":@,"status":"exit","code":0,"exceeded":"patience"})"},
    {"out-of-memory-alone", R"({"id":@,"status":"exit","out_of_memory":true})"},
    {"flag-number", R"({"id":@,"status":"exit","code":0,"timed_out":1})"},
    // Words that nobody knows.
    {"status-unknown", R"({"id":@,"status":"well"})"},
    {"status-missing", R"({"id":@})"},
    {"status-list", R"({"id":@,"status":["exit"],"code":0})"},
    {"field-unknown", R"({"id":@,"status":"exit","code":0,"verdict":"ok"})"},
    {"version", R"({"id":@,"version":2,"status":"exit","code":0})"},
    {"token", R"({"id":@,"token":"0000","status":"exit","code":0})"},
    {"request", R"({"id":@,"token":"","cmd":"exec","bin":"true"})"},
    {"reason-unknown", R"({"id":@,"status":"error","code":-1,"reason":"spite","message":"x"})"},
    {"reason-missing", R"({"id":@,"status":"error","code":-1,"message":"x"})"},
    {"refusal-code-0", R"({"id":@,"status":"error","code":0,"reason":"failed","message":"x"})"},
    // Output.
    {"stream-unknown", R"({"id":@,"stream":"stdlog","data":"x"})"},
    {"stream-number", R"({"id":@,"stream":1,"data":"x"})"},
    {"data-number", R"({"id":@,"stream":"stdout","data":7})"},
    {"data-twice", R"({"id":@,"stream":"stdout","data":"x","data_base64":"eA=="})"},
    {"data-base64", R"({"id":@,"stream":"stdout","data_base64":"!!!!"})"},
    // Files.
    {"file-elsewhere", R"({"id":@,"status":"data","path":"../../forged","data":"x","eof":true})"},
    {"file-length", R"({"id":@,"status":"data","data":"x","length":4294967296,"eof":true})"},
    {"file-offset", R"({"id":@,"status":"data","data":"x","offset":-1,"eof":true})"},
    // No objects, and no text.
    {"list", "[1,2,3]"},
    {"empty-line", ""},
    {"two-objects", R"({"id":@,"status":"exit","code":0}{"id":@,"status":"exit","code":0})"},
    {"bad-utf-8", "{\"id\":@,\"status\":\"error\",\"code\":-1,\"reason\":\"failed\",\"message\":\"\xff\xfe\"}"},
    {"half-a-pair", R"({"id":@,"status":"error","code":-1,"reason":"failed","message":"\ud800"})"},
    {"bare-control", "{\"id\":@,\"status\":\"error\",\"code\":-1,\"reason\":\"failed\",\"message\":\"\x1b[2J\"}"},
    {"bare-nul", "{\"id\":@,\"status\":\"exit\",\"code\":0}\0"sv},
};

}  // namespace

std::span<const Line> garbled_lines() { return kLines; }

}  // namespace forger
