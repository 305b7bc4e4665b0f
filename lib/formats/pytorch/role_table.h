// The roles of the names in one pickle.
#ifndef WEFT_FORMATS_PYTORCH_ROLE_TABLE_H_
#define WEFT_FORMATS_PYTORCH_ROLE_TABLE_H_

#include <string>
#include <vector>

#include "formats/pickle/tree.h"
#include "formats/pytorch/inert_names.h"

namespace weft::pytorch {

class RoleTable {
 public:
  RoleTable(const pickle::Tree& tree, const InertNames& names) : tree_(tree) {
    for (const pickle::Global& global : tree.globals()) {
      roles_.push_back(names.RoleOf(global.module, global.name));
    }
  }

  // kUnknown for what is no name.
  Role RoleOfName(pickle::Ref ref) const {
    return tree_.KindOf(ref) == pickle::Kind::kGlobal ? roles_[tree_.GlobalOf(ref)]
                                                      : Role::kUnknown;
  }

  // Of what an object is a call of; kUnknown for what is no object.
  Role RoleOfObject(pickle::Ref ref) const {
    return tree_.KindOf(ref) == pickle::Kind::kObject ? RoleOfName(tree_.ObjectOf(ref).callee)
                                                      : Role::kUnknown;
  }

  const pickle::Global& GlobalOf(pickle::Ref ref) const {
    return tree_.globals()[tree_.GlobalOf(ref)];
  }

 private:
  const pickle::Tree& tree_;
  std::vector<Role> roles_;  // by global
};

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_ROLE_TABLE_H_
