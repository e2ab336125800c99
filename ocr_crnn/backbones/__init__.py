"""Feature extractors: functions from a tensor to feature maps at strides 4, 8, 16 and 32."""
