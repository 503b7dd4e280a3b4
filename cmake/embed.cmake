# Writes OUTPUT: each of FILES as `extern const std::string_view NAME` in NAMESPACE; NAME is the file's name with '.' and '-' as '_'.
set(content "#include <string_view>\nnamespace ${NAMESPACE} {\n")
foreach(file ${FILES})
  get_filename_component(base ${file} NAME)
  string(REGEX REPLACE "[.-]" "_" symbol ${base})
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND content "static const unsigned char ${symbol}_bytes[] = {${bytes}0};\nextern const std::string_view ${symbol};\n"
    "const std::string_view ${symbol}{reinterpret_cast<const char*>(${symbol}_bytes), sizeof ${symbol}_bytes - 1};\n")
endforeach()
string(APPEND content "}\n")
file(WRITE ${OUTPUT} "${content}")
