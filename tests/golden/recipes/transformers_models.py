"""The models of make_transformers_case.py: classes and tiny configs."""

DENSE = {
    "vocab_size": 64,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 16,
    "num_experts_per_tok": 2,
    "tie_word_embeddings": False,
}
GROUPED = {"num_key_value_heads": 2}
LATENT = {
    "kv_lora_rank": 12,
    "q_lora_rank": 20,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 4,
    "v_head_dim": 8,
}
EXPERTS = {**GROUPED, "num_experts": 4, "moe_intermediate_size": 12}
# The first layer is dense: nothing to fuse there.
ROUTED = {
    **GROUPED,
    "n_routed_experts": 4,
    "n_shared_experts": 1,
    "moe_intermediate_size": 12,
    "first_k_dense_replace": 1,
    "n_group": 1,
    "topk_group": 1,
}
INDEXED = {"index_topk": 2, "index_head_dim": 8, "index_n_heads": 4, "head_dim": 8}

SMALL = {"vocab_size": 32, "hidden_size": 8, "intermediate_size": 12}

# Language models with experts. Name → prefix of its classes, what its config has beside DENSE.
LANGUAGE_MODELS = {
    # Twelve experts: an order by text would put expert 10 before expert 2.
    "mixtral": ("Mixtral", {**GROUPED, "num_local_experts": 12}),
    "minimax": ("MiniMax", {**GROUPED, "num_local_experts": 4, "block_size": 16}),
    "qwen2_moe": (
        "Qwen2Moe",
        {
            **GROUPED,
            "num_experts": 4,
            "moe_intermediate_size": 12,
            "shared_expert_intermediate_size": 10,
        },
    ),
    "qwen3_moe": ("Qwen3Moe", {**GROUPED, "num_experts": 4, "moe_intermediate_size": 12}),
    "deepseek_v2": (
        "DeepseekV2",
        {
            **LATENT,
            "n_routed_experts": 4,
            "n_shared_experts": 1,
            "moe_intermediate_size": 12,
            "first_k_dense_replace": 0,
        },
    ),
    "deepseek_v3": ("DeepseekV3", {**LATENT, **ROUTED}),
    "olmoe": ("Olmoe", {"num_experts": 11, "pad_token_id": 1, "eos_token_id": 39}),
    "glm4_moe": ("Glm4Moe", ROUTED),
    "minimax_m2": ("MiniMaxM2", {**SMALL, **GROUPED, "num_local_experts": 3, "head_dim": 4}),
    "deepseek_v32": ("DeepseekV32", {**SMALL, **LATENT, **ROUTED, **INDEXED}),
    "glm4_moe_lite": ("Glm4MoeLite", {**SMALL, **LATENT, **ROUTED}),
    "glm_moe_dsa": ("GlmMoeDsa", {**SMALL, **LATENT, **ROUTED, **INDEXED}),
    "qwen3_next": (
        "Qwen3Next",
        {
            **SMALL,
            **EXPERTS,
            "shared_expert_intermediate_size": 10,
            "head_dim": 8,
            "linear_key_head_dim": 8,
            "linear_value_head_dim": 8,
            "linear_num_key_heads": 2,
            "linear_num_value_heads": 4,
            "layer_types": ["linear_attention", "full_attention"],
        },
    ),
    "flex_olmo": (
        "FlexOlmo",
        {**SMALL, **GROUPED, "num_experts": 4, "pad_token_id": 1, "eos_token_id": 2},
    ),
    "afmoe": (
        "Afmoe",
        {**SMALL, **EXPERTS, "num_dense_layers": 1, "num_shared_experts": 1, "head_dim": 8},
    ),
    "beam": (
        "Beam",
        {
            **SMALL,
            **EXPERTS,
            "n_group": 1,
            "topk_group": 1,
            "head_dim": 8,
            "mlp_layer_types": ["dense", "sparse"],
        },
    ),
    "cohere2_moe": ("Cohere2Moe", {**SMALL, **GROUPED, "num_experts": 4, "head_dim": 8}),
    "dots1": ("Dots1", {**SMALL, **ROUTED}),
    "hunyuan_v1_moe": (
        "HunYuanMoEV1",
        {**SMALL, **GROUPED, "num_experts": 4, "moe_topk": [2, 2], "head_dim": 8},
    ),
    "mellum": ("Mellum", {**SMALL, **EXPERTS, "head_dim": 8}),
    "solar_open": ("SolarOpen", {**SMALL, **ROUTED, "head_dim": 8}),
    "axk1": ("AXK1", {**SMALL, **LATENT, **ROUTED}),
    "axk2": ("AXK2", {**SMALL, **LATENT, **ROUTED, **INDEXED, "gated_norm_rank": 12}),
    "ernie4_5_moe": (
        "Ernie4_5_Moe",
        {
            **SMALL,
            **GROUPED,
            "moe_intermediate_size": 12,
            "moe_k": 2,
            "moe_num_experts": 4,
            "moe_num_shared_experts": 1,
            "moe_layer_start_index": 1,
        },
    ),
    "granitemoe": ("GraniteMoe", {**SMALL, **GROUPED, "num_local_experts": 4}),
    "granitemoeshared": (
        "GraniteMoeShared",
        {**SMALL, **GROUPED, "num_local_experts": 4, "shared_intermediate_size": 12},
    ),
    "jamba": (
        "Jamba",
        {
            **SMALL,
            **GROUPED,
            "num_experts": 4,
            "attn_layer_period": 2,
            "attn_layer_offset": 1,
            "expert_layer_period": 2,
            "expert_layer_offset": 1,
            "mamba_d_state": 4,
            "mamba_dt_rank": 4,
            "use_mamba_kernels": False,
        },
    ),
    "laguna": (
        "Laguna",
        {**SMALL, **EXPERTS, "shared_expert_intermediate_size": 10, "head_dim": 8},
    ),
    "lfm2_moe": (
        "Lfm2Moe",
        {**SMALL, **EXPERTS, "num_dense_layers": 1, "layer_types": ["conv", "full_attention"]},
    ),
    # Gate and up have rows for the zero experts, down has none.
    "longcat_flash": (
        "LongcatFlash",
        {
            **SMALL,
            **LATENT,
            "num_layers": 2,
            "ffn_hidden_size": 24,
            "expert_ffn_hidden_size": 12,
            "n_routed_experts": 4,
            "zero_expert_num": 2,
            "moe_topk": 2,
        },
    ),
    "phimoe": ("Phimoe", {**SMALL, **GROUPED, "num_local_experts": 4}),
    "qwen3_5_moe_text": (
        "Qwen3_5Moe",
        {
            **SMALL,
            **EXPERTS,
            "shared_expert_intermediate_size": 10,
            "head_dim": 8,
            "linear_key_head_dim": 8,
            "linear_value_head_dim": 8,
            "linear_num_key_heads": 2,
            "linear_num_value_heads": 4,
            "layer_types": ["linear_attention", "full_attention"],
        },
    ),
}

TEXT = {
    "vocab_size": 32,
    "hidden_size": 8,
    "intermediate_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 16,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "tie_word_embeddings": False,
}
TOWER = {
    "hidden_size": 8,
    "intermediate_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_channels": 3,
    "image_size": 8,
    "patch_size": 4,
}
CLIP = {**TOWER, "model_type": "clip_vision_model", "projection_dim": 8}
SIGLIP = {**TOWER, "model_type": "siglip_vision_model", "vision_use_head": False}
PIXTRAL = {**TOWER, "model_type": "pixtral", "head_dim": 4}
LLAMA = {**TEXT, "model_type": "llama"}
QWEN2 = {**TEXT, "model_type": "qwen2"}
GEMMA3 = {**TEXT, "model_type": "gemma3_text", "head_dim": 8, "query_pre_attn_scalar": 16}
WHISPER = {
    "num_mel_bins": 8,
    "encoder_layers": 2,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 12,
    "d_model": 8,
    "max_source_positions": 16,
}
AUDIO = {
    "num_mel_bins": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "hidden_size": 8,
    "max_source_positions": 16,
}
IMAGE_TOKEN = {"image_token_index": 3, "tie_word_embeddings": False}

# Models of several parts. Name → prefix of its classes, what follows it, its config.
COMPOSED_MODELS = {
    "internvl": (
        "InternVL",
        "ForConditionalGeneration",
        {
            "image_token_id": 3,
            "tie_word_embeddings": False,
            "text_config": QWEN2,
            "vision_config": {
                **TOWER,
                "model_type": "internvl_vision",
                "image_size": [8, 8],
                "patch_size": [4, 4],
            },
        },
    ),
    # Experts in the language model.
    "internvl_moe": (
        "InternVL",
        "ForConditionalGeneration",
        {
            "image_token_id": 3,
            "tie_word_embeddings": False,
            "text_config": {
                **QWEN2,
                "model_type": "qwen3_moe",
                "num_experts": 3,
                "num_experts_per_tok": 2,
                "moe_intermediate_size": 6,
                "head_dim": 4,
            },
            "vision_config": {
                **TOWER,
                "model_type": "internvl_vision",
                "image_size": [8, 8],
                "patch_size": [4, 4],
            },
        },
    ),
    # The head is the embedding, so no file has it.
    "gemma3": (
        "Gemma3",
        "ForConditionalGeneration",
        {
            "mm_tokens_per_image": 4,
            "image_token_index": 3,
            "text_config": {**GEMMA3, "tie_word_embeddings": True},
            "vision_config": {**SIGLIP, "vision_use_head": True},
        },
    ),
    "llava": (
        "Llava",
        "ForConditionalGeneration",
        {**IMAGE_TOKEN, "text_config": LLAMA, "vision_config": CLIP},
    ),
    "llava_next": (
        "LlavaNext",
        "ForConditionalGeneration",
        {**IMAGE_TOKEN, "text_config": LLAMA, "vision_config": CLIP},
    ),
    "llava_next_video": (
        "LlavaNextVideo",
        "ForConditionalGeneration",
        {**IMAGE_TOKEN, "video_token_index": 4, "text_config": LLAMA, "vision_config": CLIP},
    ),
    "llava_onevision": (
        "LlavaOnevision",
        "ForConditionalGeneration",
        {**IMAGE_TOKEN, "video_token_index": 4, "text_config": QWEN2, "vision_config": SIGLIP},
    ),
    "vipllava": (
        "VipLlava",
        "ForConditionalGeneration",
        {
            **IMAGE_TOKEN,
            "vision_feature_layers": [-1, 1],
            "text_config": LLAMA,
            "vision_config": CLIP,
        },
    ),
    "paligemma": (
        "PaliGemma",
        "ForConditionalGeneration",
        {
            **IMAGE_TOKEN,
            "projection_dim": 8,
            "text_config": {**TEXT, "model_type": "gemma", "head_dim": 8},
            "vision_config": SIGLIP,
        },
    ),
    "aya_vision": (
        "AyaVision",
        "ForConditionalGeneration",
        {**IMAGE_TOKEN, "text_config": {**TEXT, "model_type": "cohere2"}, "vision_config": SIGLIP},
    ),
    "mistral3": (
        "Mistral3",
        "ForConditionalGeneration",
        {
            **IMAGE_TOKEN,
            "text_config": {**TEXT, "model_type": "mistral", "head_dim": 8},
            "vision_config": PIXTRAL,
        },
    ),
    # LLaVA again, with a tower that has no name of its own.
    "llava_pixtral": (
        "Llava",
        "ForConditionalGeneration",
        {
            **IMAGE_TOKEN,
            "text_config": {**TEXT, "model_type": "mistral", "head_dim": 8},
            "vision_config": PIXTRAL,
        },
    ),
    "got_ocr2": (
        "GotOcr2",
        "ForConditionalGeneration",
        {
            **IMAGE_TOKEN,
            "text_config": QWEN2,
            "vision_config": {
                **{key: value for key, value in TOWER.items() if key != "intermediate_size"},
                "mlp_dim": 12,
                "output_channels": 8,
                "window_size": 2,
                "global_attn_indexes": [1],
            },
        },
    ),
    "video_llava": (
        "VideoLlava",
        "ForConditionalGeneration",
        {
            "image_token_index": 3,
            "video_token_index": 4,
            "tie_word_embeddings": False,
            "text_config": LLAMA,
            "vision_config": CLIP,
        },
    ),
    "shieldgemma2": (
        "ShieldGemma2",
        "ForImageClassification",
        {
            "mm_tokens_per_image": 4,
            "image_token_index": 3,
            "tie_word_embeddings": False,
            "text_config": GEMMA3,
            "vision_config": {**SIGLIP, "vision_use_head": True},
        },
    ),
    "colqwen2": (
        "ColQwen2",
        "ForRetrieval",
        {
            "embedding_dim": 8,
            "vlm_config": {
                "model_type": "qwen2_vl",
                "image_token_id": 3,
                "video_token_id": 4,
                "vision_start_token_id": 5,
                "vision_end_token_id": 6,
                "text_config": {**TEXT, "model_type": "qwen2_vl_text"},
                "vision_config": {
                    "model_type": "qwen2_vl_vision",
                    "depth": 2,
                    "embed_dim": 8,
                    "hidden_size": 8,
                    "mlp_ratio": 2,
                    "num_heads": 2,
                    "patch_size": 4,
                },
            },
        },
    ),
    "qwen2_audio": (
        "Qwen2Audio",
        "ForConditionalGeneration",
        {
            "audio_token_index": 3,
            "text_config": QWEN2,
            "audio_config": {**WHISPER, "model_type": "qwen2_audio_encoder"},
        },
    ),
    "voxtral": (
        "Voxtral",
        "ForConditionalGeneration",
        {
            "audio_token_id": 3,
            "text_config": {**LLAMA, "head_dim": 4},
            "audio_config": {**AUDIO, "model_type": "voxtral_encoder", "intermediate_size": 32},
        },
    ),
    "audioflamingo3": (
        "AudioFlamingo3",
        "ForConditionalGeneration",
        {
            "audio_token_id": 3,
            "text_config": QWEN2,
            "audio_config": {**AUDIO, "model_type": "audioflamingo3_encoder"},
        },
    ),
    "granite_speech": (
        "GraniteSpeech",
        "ForConditionalGeneration",
        {
            "audio_token_index": 3,
            "has_lora_adapter": False,
            "tie_word_embeddings": False,
            "text_config": {**TEXT, "model_type": "granite"},
            "encoder_config": {
                "input_dim": 8,
                "num_layers": 2,
                "hidden_dim": 8,
                "feedforward_mult": 2,
                "num_heads": 2,
                "dim_head": 4,
                "output_dim": 8,
                "context_size": 8,
                "max_pos_emb": 8,
                "conv_kernel_size": 3,
            },
            "projector_config": {
                "model_type": "blip_2_qformer",
                "vocab_size": 32,
                "hidden_size": 8,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "intermediate_size": 12,
                "max_position_embeddings": 16,
                "encoder_hidden_size": 8,
            },
        },
    ),
    "glm4v_moe": (
        "Glm4vMoe",
        "ForConditionalGeneration",
        {
            "image_token_id": 3,
            "video_token_id": 4,
            "tie_word_embeddings": False,
            "text_config": {**TEXT, **ROUTED, "num_key_value_heads": 1, "num_experts_per_tok": 2},
            "vision_config": {
                "depth": 2,
                "hidden_size": 8,
                "num_heads": 2,
                "image_size": 8,
                "patch_size": 4,
                "out_hidden_size": 8,
                "intermediate_size": 12,
            },
        },
    ),
    # Experts for text and for vision, of two widths.
    "ernie4_5_vl_moe": (
        "Ernie4_5_VLMoe",
        "ForConditionalGeneration",
        {
            "image_start_token_id": 5,
            "image_end_token_id": 6,
            "image_token_id": 3,
            "video_start_token_id": 7,
            "video_end_token_id": 8,
            "video_token_id": 4,
            "tie_word_embeddings": False,
            "text_config": {
                "vocab_size": 32,
                "hidden_size": 8,
                "intermediate_size": 12,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "num_key_value_heads": 2,
                "max_position_embeddings": 16,
                "tie_word_embeddings": False,
                "moe_k": 2,
                "moe_num_experts": 3,
                "moe_num_shared_experts": 1,
                "moe_intermediate_size": [6, 10],
                "mlp_layer_types": ["dense", "sparse"],
                "rope_parameters": {
                    "rope_type": "default",
                    "rope_theta": 10000.0,
                    "mrope_section": [0, 0, 1],
                },
            },
            "vision_config": {
                "depth": 1,
                "hidden_size": 8,
                "num_heads": 2,
                "in_channels": 3,
                "patch_size": 2,
                "spatial_merge_size": 2,
                "intermediate_size": 12,
                "temporal_merge_size": 2,
            },
        },
    ),
}
# Where the module or the class of the config has another name than the case.
MODULES = {"internvl_moe": "internvl", "llava_pixtral": "llava", "qwen3_5_moe_text": "qwen3_5_moe"}
CONFIGS = {"qwen3_5_moe_text": "Qwen3_5MoeTextConfig"}
