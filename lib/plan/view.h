// Views: where the elements of a tensor that exists only in the plan come from.
//
// A view is a list of boxes from source tensors into the linear coordinates of the tensor. Every
// rule step is itself a list of boxes, from its input tensors into its output tensors, so applying
// a step means composing two relations. Chains of steps collapse into one gather, and no
// intermediate tensor is made.
#ifndef WEFT_PLAN_VIEW_H_
#define WEFT_PLAN_VIEW_H_

#include <cstdint>
#include <vector>

#include "weft/plan.h"

namespace weft {

class View {
 public:
  // All elements of source tensor `source`, in order.
  static View Identity(uint32_t source);
  // The boxes write each element of the tensor once.
  static View OfBoxes(std::vector<Box> boxes);

  bool is_identity() const { return is_identity_; }
  uint32_t source() const { return source_; }               // of an identity
  const std::vector<Box>& boxes() const { return boxes_; }  // otherwise

  // The boxes of a tensor of `elements` elements, an identity written out.
  std::vector<Box> TakeBoxes(uint64_t elements) &&;

 private:
  bool is_identity_ = false;
  uint32_t source_ = 0;
  std::vector<Box> boxes_;
};

// Removes factors of one step, orders the others by falling target stride, and joins factors that
// run on.
void Normalize(Box& box);

// `step` copies elements of a tensor T (its source coordinates) into a new tensor; `view` says
// where the elements of T come from. Appends the boxes that copy from there into the new tensor.
// The `source` field of `step` is not looked at. The steps of a factor of `step` must not overlap
// in T: every source stride is 0 or at least the span of the factors with smaller ones.
void Compose(const Box& step, const View& view, std::vector<Box>* boxes);

// The same for one box `from` of a view.
void ComposeBox(const Box& step, const Box& from, std::vector<Box>* boxes);

// Orders boxes by target offset and joins those that continue one another.
void Coalesce(std::vector<Box>& boxes);

// True when the boxes write each of `elements` elements exactly once. Decided without looking at
// single elements, by comparing generating polynomials at two points modulo 2^61 − 1: a wrong plan
// passes with a probability below 2^−60 for every 2^31 elements and point.
bool CoversExactlyOnce(const std::vector<Box>& boxes, uint64_t elements);

}  // namespace weft

#endif  // WEFT_PLAN_VIEW_H_
